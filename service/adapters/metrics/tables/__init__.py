"""Rows of the metrics catalogue, one table a topic."""
