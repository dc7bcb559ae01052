"""Replay: trajectories between the stages, in two Reverb tables.

`config` alone imports neither Reverb nor TensorFlow.
"""
