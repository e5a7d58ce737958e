"""Converts published labels and CSV intervals to frame masks."""
