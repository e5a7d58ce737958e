"""Keeps a view of people now and then, so that zones can be drawn where people stand."""

from tracker.errors import StoreUnavailable
from tracker.ports import SightingStore, Telemetry
from tracker.types import FrameView

EVERY_S = 10.0


class NoSightings(SightingStore):
    """Keeps none."""

    def add(self, view: FrameView) -> None:
        """Discard it."""


class SightingSampler:
    """Passes on one view with people in ten seconds, of everybody, also in ignored zones."""

    def __init__(self, store: SightingStore, telemetry: Telemetry) -> None:
        self._store = store
        self._telemetry = telemetry
        self._kept_at = float("-inf")

    def add(self, view: FrameView) -> None:
        """Take a frame; a store that does not answer is asked again at the next one due."""
        if not view.tracks or abs(view.at - self._kept_at) < EVERY_S:
            return
        self._kept_at = view.at
        try:
            self._store.add(view)
        except StoreUnavailable:
            self._telemetry.count("store_errors_total", role="camera")
