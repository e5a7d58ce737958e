"""Reads site.yaml, the environment and secret files into checked settings."""
