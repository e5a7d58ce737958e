"""Traces of single frames for an OpenTelemetry collector."""
