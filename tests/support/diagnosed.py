"""Diagnoses with more patience than the product has."""

from pathlib import Path

from tracker.sources.diagnosis import diagnose as module
from tracker.sources.diagnosis.diagnosis import Diagnosis

LONG_S = 30.0  # where a server does answer, a busy machine may take long


def diagnose(address: str | Path, within_s: float = LONG_S) -> Diagnosis:
    """Diagnose with more patience than the product has."""
    return module.diagnose(address, within_s)


def is_reachable(address: str | Path, within_s: float = LONG_S) -> bool:
    """Probe with more patience than the product has."""
    return module.is_reachable(address, within_s)
