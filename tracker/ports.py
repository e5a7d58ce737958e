"""What the camera loop needs from outside. Adapters inherit these by name."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.types import (
    CameraStatus,
    Float32,
    Frame,
    FrameView,
    Image,
    Pose,
    Samples,
    Track,
)


class FrameSource(Protocol):
    """Where frames come from."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames, newest first when the reader is slow; end when the source has ended.

        Every iteration opens the source anew and begins a new session.

        Raises:
            CameraLost: the source failed; iterating again reopens it.
        """
        ...

    def is_reachable(self, within_s: float) -> bool | None:  # noqa: ARG002 -- most cannot tell
        """Knock cheaply at where the frames come from; None when that cannot be told."""
        return None

    def notes(self) -> tuple[str, ...]:
        """Return what people should know about where the frames come from at present."""
        return ()


class BoxDetector(Protocol):
    """Where people may be in a picture."""

    def detect(self, image: Image, at: float) -> NDArray[np.float32]:
        """Return boxes, float32 (N, 5): left, top, right, bottom in px, score in [0, 1]."""
        ...


class PoseEstimator(Protocol):
    """What bodies are in a frame."""

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
        """Return the poses seen, best first.

        Args:
            expected: float32 (N, 4) boxes where the tracker believes people to be by now; an
                estimator may look there instead of searching the whole picture.
        """
        ...


class PersonTracker(Protocol):
    """Which pose belongs to whom. One instance per camera session."""

    def update(self, frame: Frame, poses: Sequence[Pose]) -> list[Track]:
        """Return this frame's poses that belong to a confirmed person."""
        ...

    def expected(self, at: float) -> Float32:
        """Return where the people being followed should be at a later time; changes nothing.

        Returns:
            float32 (N, 4): left, top, right, bottom in px.
        """
        ...


class WindowStore(Protocol):
    """Remembers people's samples and passes complete windows on to the workers."""

    def push(self, view: FrameView, samples: Sequence[Samples]) -> int:
        """Append one frame's samples, in one round trip; return how many windows became ready.

        Args:
            view: what the frame showed; replaces the camera's previous view.
            samples: what this one frame adds, one entry a person, nobody twice.

        Raises:
            StoreUnavailable: Redis did not answer; these samples are lost, the caller may go on.
        """
        ...


class StatusStore(Protocol):
    """Where cameras tell how they are doing."""

    def report(self, status: CameraStatus) -> None:
        """Replace the camera's status.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...


class Telemetry(Protocol):
    """Counters, histograms and gauges by name; the names are in one table in service."""

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        """Add to a counter."""
        ...

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add one value, in seconds or plain numbers, to a histogram."""
        ...

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        ...
