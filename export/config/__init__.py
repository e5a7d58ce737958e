"""Flags and YAML of the workshop commands."""
