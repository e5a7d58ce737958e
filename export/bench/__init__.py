"""Benches: figures that the project claims, measured anew by a command."""
