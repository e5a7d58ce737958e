"""Benches of a running site, driven from outside over HTTP."""
