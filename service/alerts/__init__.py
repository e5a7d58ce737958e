"""Runs the alert rule over live scores, and publishes what it decides."""
