"""A camera's smaller second stream in place of the first, as long as it serves."""

from collections.abc import Iterator

from tracker.errors import CameraLost
from tracker.limits import MIN_PICTURE_LINES
from tracker.ports import FrameSource
from tracker.types import Frame


class SubstreamFallback(FrameSource):
    """Watches a camera's substream; the camera's source steps in where that cannot be had.

    A substream that does not open is tried again whenever the camera is opened again; one whose
    picture is too small is not.

    Args:
        source: the camera's main stream.
        substream: the same view with fewer pixels, and so cheaper to decode.
    """

    def __init__(self, source: FrameSource, substream: FrameSource) -> None:
        self._source = source
        self._substream = substream
        self._too_small = False
        self._remark = ""

    def __iter__(self) -> Iterator[Frame]:
        watched = False
        if not self._too_small:
            for frame in self._large_enough():
                watched = True
                yield frame
        if not watched or self._too_small:
            yield from self._source

    def is_reachable(self, within_s: float) -> bool | None:
        return self._source.is_reachable(within_s)

    def notes(self) -> tuple[str, ...]:
        return (self._remark,) if self._remark else ()

    def _large_enough(self) -> Iterator[Frame]:
        """Yield the substream's frames; end where the source has to step in."""
        watched = False
        try:
            for frame in self._substream:
                if frame.height_px < MIN_PICTURE_LINES:
                    self._too_small = True
                    self._remark = (
                        f"substream has {frame.height_px} lines, fewer than {MIN_PICTURE_LINES}; "
                        "watching source"
                    )
                    return
                watched, self._remark = True, ""
                yield frame
        except CameraLost as err:
            if watched:
                raise
            self._remark = f"substream cannot be had ({err}); watching source"
