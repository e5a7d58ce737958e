"""Finds boxes of people in a frame."""
