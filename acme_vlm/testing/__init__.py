"""Seeded fakes and conformance suites, shipped with the product.

They let a stage run, and a user's own environment or reward model be checked,
without the heavy ones.
"""
