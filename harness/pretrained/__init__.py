"""Weights that others trained: brought by an explicit step, checked, kept, and read as arrays."""
