"""Turns videos and published pose files into stored, tracked poses."""
