"""Builds and runs each role: camera, worker, API."""
