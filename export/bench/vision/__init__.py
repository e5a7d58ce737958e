"""Benches of the camera process: video, engines, tracking, and scores of ordinary people."""
