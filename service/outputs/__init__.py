"""Outputs: how alerts leave the service, and the proof that they did."""
