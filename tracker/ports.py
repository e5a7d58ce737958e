"""Interfaces between the camera loop and everything it uses; implementations inherit them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.metric_names import CameraCounter, CameraGauge, CameraHistogram
from tracker.scene_block import SceneBlock
from tracker.types import (
    CameraStatus,
    Float32,
    Frame,
    FrameCues,
    FrameView,
    Image,
    Pose,
    Samples,
    Track,
)


class FrameSource(Protocol):
    """Gives the frames of one camera."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames in order, skipping some if the reader is slow; end when the source ends.

        Every iteration opens the source again and begins a new session.

        Raises:
            CameraLost: the source failed; iterating again reopens it.
        """
        ...

    def is_reachable(self, within_s: float) -> bool | None:  # noqa: ARG002 -- most cannot tell
        """Probe the server behind the source cheaply; None if the source cannot be probed."""
        return None

    def notes(self) -> tuple[str, ...]:
        """Return notes for operators on the source's present state, such as a fallback in use."""
        return ()


class BoxDetector(Protocol):
    """Finds people in a picture, as boxes."""

    def detect(self, image: Image, at: float) -> NDArray[np.float32]:
        """Return boxes, float32 (N, 5): left, top, right, bottom in px, score in [0, 1]."""
        ...


class PoseEstimator(Protocol):
    """Finds the poses of all people in a frame."""

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
        """Return the poses seen, best first.

        Args:
            expected: float32 (N, 4) boxes where the tracker predicts people; an estimator may
                search them instead of the whole picture.
        """
        ...

    def networks(self) -> Mapping[str, str | float]:
        """Return what finds boxes and joints, and where it runs; empty where no network does."""
        return {}


class PersonTracker(Protocol):
    """Assigns poses to people. One instance per camera session."""

    def update(self, frame: Frame, poses: Sequence[Pose]) -> list[Track]:
        """Return this frame's poses that belong to a confirmed person."""
        ...

    def expected(self, at: float) -> Float32:
        """Return the predicted boxes of tracked people at a later time; changes no state.

        Returns:
            float32 (N, 4): left, top, right, bottom in px.
        """
        ...


class WindowStore(Protocol):
    """Keeps people's samples and queues complete windows for the workers."""

    def push(
        self, view: FrameView, samples: Sequence[Samples], cues: FrameCues | None = None
    ) -> int:
        """Append one frame's samples, in one round trip; return how many windows became ready.

        Args:
            view: what the frame showed; replaces the camera's previous view.
            samples: what this frame adds, one entry a person.
            cues: what the frame shows of people besides joints; they go to the alert rule as
                they are. None: there are none.

        Raises:
            StoreUnavailable: Redis did not answer; these samples are lost, the caller may go on.
        """
        ...


class SightingStore(Protocol):
    """Keeps a few views of each camera's last hours, for those who draw its zones."""

    def add(self, view: FrameView) -> None:
        """Keep a view with people, in the place of the oldest.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...


class SceneStore(Protocol):
    """Keeps what cameras saw of people in blocks of ten minutes, for weeks."""

    def put(self, camera: str, writer: str, blocks: Sequence[SceneBlock]) -> None:
        """Keep blocks, each in the place of the one of this number and writer.

        Args:
            writer: whose part of the block it is; readers add the parts of all of them.

        Raises:
            StoreUnavailable: Redis did not answer; the same blocks may be put again.
        """
        ...


class StatusStore(Protocol):
    """Keeps the newest status of every camera."""

    def report(self, status: CameraStatus) -> None:
        """Replace the camera's status.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...


class Telemetry(Protocol):
    """Counters, histograms and gauges, by the names that this layer knows."""

    def count(self, name: CameraCounter, amount: float = 1.0, **labels: str) -> None:
        """Add to a counter."""
        ...

    def observe(self, name: CameraHistogram, value: float, **labels: str) -> None:
        """Add one value, in seconds or plain numbers, to a histogram."""
        ...

    def gauge(self, name: CameraGauge, value: float, **labels: str) -> None:
        """Set a gauge."""
        ...


class NoTelemetry(Telemetry):
    """Discards all metrics, for tools that publish none."""

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        """Discard it."""

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Discard it."""

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Discard it."""


NO_TELEMETRY = NoTelemetry()
