"""Use a camera's smaller substream, and its main stream if the substream is unusable."""

from collections.abc import Iterator

from tracker.errors import CameraLost
from tracker.limits import MIN_PICTURE_LINES
from tracker.ports import FrameSource
from tracker.types import Frame


class SubstreamFallback(FrameSource):
    """Gives the frames of a camera's substream, or of its main stream as a fallback.

    A substream that does not open is tried again whenever the camera is reopened; one whose
    picture is too small is not.

    Args:
        source: the main stream.
        substream: the same view with fewer pixels, cheaper to decode.
    """

    def __init__(self, source: FrameSource, substream: FrameSource) -> None:
        self._source = source
        self._substream = substream
        self._too_small = False
        self._note = ""

    def __iter__(self) -> Iterator[Frame]:
        had_frames = False
        if not self._too_small:
            for frame in self._large_enough():
                had_frames = True
                yield frame
        if not had_frames or self._too_small:
            yield from self._source

    def is_reachable(self, within_s: float) -> bool | None:
        return self._source.is_reachable(within_s)

    def notes(self) -> tuple[str, ...]:
        watched = self._source if self._note else self._substream
        return (*((self._note,) if self._note else ()), *watched.notes())

    def _large_enough(self) -> Iterator[Frame]:
        """Yield the substream's frames; end without one if the main stream is needed."""
        had_frames = False
        try:
            for frame in self._substream:
                if frame.height_px < MIN_PICTURE_LINES:
                    self._too_small = True
                    self._note = (
                        f"substream has {frame.height_px} lines, fewer than {MIN_PICTURE_LINES}; "
                        "using the main stream"
                    )
                    return
                had_frames, self._note = True, ""
                yield frame
        except CameraLost as err:
            if had_frames:
                raise
            self._note = f"substream unavailable ({err}); using the main stream"
