"""Judges what alerts say of the joints that stand out."""
