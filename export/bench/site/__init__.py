"""Benches of a running site, controlled and measured from outside over HTTP."""
