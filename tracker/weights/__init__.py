"""Weights of detectors and pose networks: where they come from, how they are checked."""
