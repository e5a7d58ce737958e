"""Benches of what the camera process does: video, tracking, events on real clips."""
