"""How rare a peak is before one camera, by its own footage. Pure."""

import math

import numpy as np

from inference.calibration.blocks import BLOCK_S
from inference.calibration.snapshot import Snapshot
from inference.types import Kind


def once_in_hours(snapshot: Snapshot | None, kind: Kind, score: float) -> float | None:
    """Return in how many hours a camera ordinarily sees so high a peak once.

    Returns:
        At most what the curve's last point says; None where no calibration tells.
    """
    found = None if snapshot is None else snapshot.of_kind(kind)
    if found is None or not found.curve:
        return None
    scores, rates = zip(*reversed(found.curve), strict=True)  # ascending scores
    log_rate = float(np.interp(score, scores, np.log(rates)))
    return round(BLOCK_S / 3600 / math.exp(log_rate), 3)
