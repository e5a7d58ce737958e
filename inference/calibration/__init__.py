"""Turns a budget of false alarms into thresholds, from what a camera ordinarily sees. Pure."""
