"""Puts a pose estimator together from whatever weights can be had."""

import logging
from collections.abc import Callable
from threading import Lock

from tracker.detection.key_frames import FAINT_SCORE, every_frame
from tracker.detection.motion import MotionGate
from tracker.detection.yolox import YoloxBoxes
from tracker.errors import ConfigError, ModelUnavailable
from tracker.ports import BoxDetector, PoseEstimator, Telemetry
from tracker.pose.blazepose import FULL_SIGHT, BlazePose, Sight
from tracker.pose.blazepose_motion import MotionPoses
from tracker.pose.landmarks import LiteNetwork
from tracker.pose.rtmo import Rtmo
from tracker.weights.onnx_session import Provider
from tracker.weights.store import BLAZEPOSE, BLAZEPOSE_LITE, RTMO_WEIGHTS, YOLOX_NANO, ModelStore

log = logging.getLogger(__name__)
_NO_YOLOX = (
    "YOLOX weights unavailable: people are found by motion, so only once they move; "
    "BlazePose lite is not used then; `posewarden models pull` tells why"
)
# Nobody waits for weights that can be done without, but the first camera.
_LITE_AGAIN_S = 600.0
_NO_LITE = (
    "BlazePose lite's weights unavailable: small people cost as much as tall ones; "
    "`posewarden models pull` tells why"
)


def untapped(stage: str, detector: BoxDetector) -> BoxDetector:  # noqa: ARG001 -- as a tap's
    """Return a stage of box detection as it is."""
    return detector


def build_estimator(
    kind: str,
    *,
    store: ModelStore,
    telemetry: Telemetry,
    threads: int = 2,
    key_frame_interval: Callable[[], int] = every_frame,
    tap: Callable[[str, BoxDetector], BoxDetector] = untapped,
    sight: Sight = FULL_SIGHT,
) -> tuple[PoseEstimator, tuple[str, ...]]:
    """Return a camera's own estimator and remarks on what it has to do without.

    Args:
        threads: processor cores this camera may use.
        key_frame_interval: asked for every picture: YOLOX searches every so many of them.
        tap: wraps each stage of box detection (``detected``, ``gated``), to record its boxes.
        sight: what BlazePose leaves out before YOLOX's boxes, to measure it.

    Raises:
        ConfigError: there is no such kind of estimator.
        ModelUnavailable: the weights could be had from no source.
    """
    if kind in RTMO_WEIGHTS:
        rtmo = Rtmo(store.pull(RTMO_WEIGHTS[kind].name), telemetry, threads=threads)
        return rtmo, rtmo.notes
    if kind != "blazepose":
        raise ConfigError(f"pose: there is no {kind}; use blazepose, rtmo or rtmo-t")
    landmarks = store.pull(BLAZEPOSE.name)
    try:
        boxes = store.pull(YOLOX_NANO.name)
    except ModelUnavailable:
        return MotionPoses(landmarks, telemetry, threads=threads), (_NO_YOLOX,)
    yolox = tap("detected", YoloxBoxes(boxes, threads=threads, score_min=FAINT_SCORE))
    lite, notes = lite_network(store, sight.lite_below_px)
    return BlazePose(
        landmarks,
        tap("gated", MotionGate(yolox)),
        telemetry,
        threads=threads,
        key_frame_interval=key_frame_interval,
        sight=sight,
        lite=lite,
    ), notes


def lite_network(store: ModelStore, below_px: float) -> tuple[LiteNetwork | None, tuple[str, ...]]:
    """Return the network for bodies shorter than this, and a remark where it cannot be had."""
    if below_px <= 0:
        return None, ()
    try:
        path = store.pull(BLAZEPOSE_LITE.name, again_after_s=_LITE_AGAIN_S)
        return LiteNetwork(path, below_px), ()
    except ModelUnavailable:
        return None, (_NO_LITE,)


class Estimators:
    """Builds the estimators of a process's cameras; all that use the same RTMO share its network.

    Args:
        provider: where RTMO runs.
        cores: processor cores that RTMO may use.
        threads: processor cores that each other camera may use.
    """

    def __init__(
        self,
        store: ModelStore,
        telemetry: Telemetry,
        *,
        provider: Provider = "auto",
        cores: int = 1,
        threads: int = 1,
    ) -> None:
        self._store, self._telemetry = store, telemetry
        self._provider: Provider = provider
        self._cores, self._threads = cores, threads
        self._rtmos: dict[str, Rtmo] = {}
        self._opening = Lock()
        self._warning = Lock()
        self._warned = False

    def share_cores(self, threads: int) -> None:
        """Let each camera that is built from now on use so many processor cores."""
        self._threads = threads

    def build(
        self,
        kind: str,
        key_frame_interval: Callable[[], int] = every_frame,
        sight: Sight = FULL_SIGHT,
    ) -> tuple[PoseEstimator, tuple[str, ...]]:
        """Return a camera's estimator and remarks on what it has to do without.

        Args:
            key_frame_interval: asked for every picture: YOLOX searches every so many of them.
            sight: how bodies are looked at, in YOLOX's boxes.

        Raises:
            ConfigError: there is no such kind of estimator.
            ModelUnavailable: the weights could be had from no source.
            ModelMismatch: they are not what they should be.
        """
        if kind in RTMO_WEIGHTS:
            rtmo = self._shared_rtmo(kind)
            return rtmo, rtmo.notes
        estimator, notes = build_estimator(
            kind,
            store=self._store,
            telemetry=self._telemetry,
            threads=self._threads,
            key_frame_interval=key_frame_interval,
            sight=sight,
        )
        self._warn_once(notes)
        return estimator, notes

    def close(self) -> None:
        """End what the cameras share."""
        # Without the lock: a camera may hold it for as long as a download takes.
        for rtmo in [*self._rtmos.values()]:
            rtmo.close()

    def _warn_once(self, notes: tuple[str, ...]) -> None:
        """Log what the cameras have to do without: of all, what is missing is the same."""
        with self._warning:
            if notes and not self._warned:
                self._warned = True
                log.warning("; ".join(notes))

    def _shared_rtmo(self, kind: str) -> Rtmo:
        with self._opening:  # held while it opens: who asks meanwhile waits for the same one
            if kind not in self._rtmos:
                self._rtmos[kind] = Rtmo(
                    self._store.pull(RTMO_WEIGHTS[kind].name),
                    self._telemetry,
                    provider=self._provider,
                    threads=self._cores,
                )
            return self._rtmos[kind]
