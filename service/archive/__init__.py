"""Carries alerts into the archive, and keeps it within its bounds."""
