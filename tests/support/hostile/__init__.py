"""Hostile inputs: requests and messages that no good client sends."""
