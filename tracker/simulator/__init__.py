"""Simulated people: bodies, actions, crowds and the camera that sees them."""
