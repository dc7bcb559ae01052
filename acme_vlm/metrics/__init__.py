"""Figures of all stages to the terminal, a CSV file and TensorBoard."""
