"""Pose estimators, and which poses are plausible."""
