"""Decides alerts once more from what was recorded when they were decided."""
