"""EDGES. Processes, input and output, humans: configuration, alerts, Redis, HTTP."""
