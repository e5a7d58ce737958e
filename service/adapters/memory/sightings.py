"""A few views of each camera, in memory."""

from collections import defaultdict, deque

from service.ports.archive import SightingFeed
from tracker.ports import SightingStore
from tracker.types import FrameView


class MemorySightings(SightingStore, SightingFeed):
    """Twin of RedisSightings."""

    def __init__(self, *, bound: int = 200) -> None:
        self._views: defaultdict[str, deque[FrameView]] = defaultdict(lambda: deque(maxlen=bound))

    def add(self, view: FrameView) -> None:
        self._views[view.camera].append(view)

    def newest(self, camera: str) -> list[FrameView]:
        return list(self._views[camera])[::-1]
