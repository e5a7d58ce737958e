"""Builds and runs each role: camera, worker, api, decide."""
