"""A camera whose pose estimator needs weights: they are had first, then the source is opened."""

import logging
from collections.abc import Callable, Iterator, Mapping

from tracker.errors import CameraLost, ModelUnavailable
from tracker.ports import FrameSource, PoseEstimator
from tracker.types import Float32, Frame, Pose

log = logging.getLogger(__name__)


class LazyEstimator(FrameSource, PoseEstimator):
    """Stands for a camera's source and its estimator, which is built when the source is opened.

    Weights that cannot be had lose the camera as a silent server does: whoever watches opens it
    again for ever, so that a network that comes late or a file put into place is all it needs.

    Args:
        build: returns the estimator and remarks on what it has to do without; may take as long
            as a download and raise ModelUnavailable.
    """

    def __init__(
        self, source: FrameSource, build: Callable[[], tuple[PoseEstimator, tuple[str, ...]]]
    ) -> None:
        self._source = source
        self._build = build
        self._estimator: PoseEstimator | None = None
        self._notes: tuple[str, ...] = ()
        self._logged = False

    def __iter__(self) -> Iterator[Frame]:
        if self._estimator is None:
            try:
                self._estimator, self._notes = self._build()
            except ModelUnavailable as err:
                raise CameraLost(str(err), reason="weights") from err
        frames = iter(self._source)
        if not self._logged:
            for first in frames:
                self._log_networks(first.camera)
                yield first
                break
        yield from frames

    def networks(self) -> Mapping[str, str | float]:
        return {} if self._estimator is None else self._estimator.networks()

    def is_reachable(self, within_s: float) -> bool | None:
        return self._source.is_reachable(within_s)

    def notes(self) -> tuple[str, ...]:
        return self._notes + self._source.notes()

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
        assert self._estimator is not None  # noqa: S101 -- narrows the type: frames come after it
        return self._estimator.estimate(frame, expected)

    def _log_networks(self, camera: str) -> None:
        """Log once, with the first frame, what finds the camera's people."""
        self._logged = True
        if networks := self.networks():
            log.info("people are looked for", extra={"camera": camera, **networks})
