"""Runs faults on a whole site, and checks the alerts that it sends meanwhile."""
