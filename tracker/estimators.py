"""Puts a pose estimator together from whatever weights can be had."""

import logging

from tracker.boxes_motion import MotionBoxes, MotionGate
from tracker.boxes_yolox import YoloxBoxes
from tracker.errors import ConfigError, ModelUnavailable
from tracker.models import BLAZEPOSE, YOLOX_NANO, ModelStore
from tracker.ports import BoxDetector, PoseEstimator, Telemetry
from tracker.pose_blazepose import BlazePose

log = logging.getLogger(__name__)


def build_estimator(
    kind: str, *, store: ModelStore, telemetry: Telemetry, threads: int = 2
) -> tuple[PoseEstimator, tuple[str, ...]]:
    """Return a camera's own estimator and remarks on what it has to do without.

    Args:
        threads: processor cores this camera may use.

    Raises:
        ConfigError: there is no such kind of estimator.
        ModelUnavailable: the landmark weights could be had from no source.
    """
    if kind != "blazepose":
        raise ConfigError(f"pose: {kind} is not available in this version; use blazepose")
    landmarks = store.pull(BLAZEPOSE.name)
    detector, notes = _person_boxes(store, threads)
    return BlazePose(landmarks, detector, telemetry, threads=threads), notes


def _person_boxes(store: ModelStore, threads: int) -> tuple[BoxDetector, tuple[str, ...]]:
    try:
        path = store.pull(YOLOX_NANO.name)
    except ModelUnavailable as err:
        log.warning("person detector replaced by motion", extra={"reason": str(err)})
        summary = "YOLOX weights unavailable: boxes from motion, so people who stand are not seen"
        return MotionBoxes(), (f"{summary}; `posewarden models pull` tells why",)
    return MotionGate(YoloxBoxes(path, threads=threads)), ()
