"""Benches: commands that measure the figures the project claims."""
