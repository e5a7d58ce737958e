"""Shapes of requests and answers, by topic; used at the edge only."""
