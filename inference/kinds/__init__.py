"""Detectors, one a kind of alert: each small, physical, with a score of its own. Pure.

A score of 1 is the kind's threshold; None means that the detector abstains. Scores of different
kinds are never added up.
"""
