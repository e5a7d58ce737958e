"""Follows people from frame to frame."""
