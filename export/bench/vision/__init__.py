"""Benches of the camera process: video, tracking, and scores of ordinary people."""
