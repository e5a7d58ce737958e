"""Processes, input and output, people: configuration, publishing alerts, Redis, HTTP."""
