"""Judges a flow on labelled clips: protocols, metrics, alarms, reports."""
