"""Passes on what a camera saw of people: to metrics at every frame, to the store now and then."""

import random
from collections.abc import Sequence

from tracker.errors import StoreUnavailable
from tracker.ports import SceneStore, Telemetry
from tracker.scene_block import SceneBlock
from tracker.visits.people_time import FrameTime, PeopleFrame, PeopleTime, WatchRules
from tracker.visits.running_scene import RunningScene

EVERY_S = 30.0


class NoScenes(SceneStore):
    """Keeps none."""

    def put(self, camera: str, writer: str, blocks: Sequence[SceneBlock]) -> None:
        """Discard them."""


class PeopleLog:
    """One camera's people, as long as its loop runs.

    Args:
        rng: draws the sample of visits.
    """

    def __init__(
        self,
        camera: str,
        store: SceneStore,
        telemetry: Telemetry,
        rules: WatchRules,
        rng: random.Random,
    ) -> None:
        self._camera = camera
        self._store = store
        self._telemetry = telemetry
        self._scene = RunningScene(rng)
        self._time = PeopleTime(rules, self._scene)
        self._writer = ""
        self._stored_at = float("-inf")

    def add(self, frame: PeopleFrame) -> None:
        """Add a frame; store twice a minute, also while nobody is seen."""
        at = frame.view.at
        # Sessions have names of their own, so the first one's names this run of the loop.
        self._writer = self._writer or frame.view.session
        self._count(self._time.add(frame))
        if abs(at - self._stored_at) >= EVERY_S:
            self._stored_at = at
            self._keep()

    def end(self) -> None:
        """Store what there is: no frame follows for now."""
        self._count(self._time.end())
        if self._writer:
            self._keep()

    def _count(self, found: FrameTime) -> None:
        if found.people_s > 0:
            self._telemetry.count("people_seconds_total", found.people_s, camera=self._camera)
        for reason, seconds in found.unwatched_s.items():
            self._telemetry.count(
                "people_unwatched_seconds_total", seconds, camera=self._camera, reason=reason
            )

    def _keep(self) -> None:
        if self._scene.dropped:
            dropped, self._scene.dropped = self._scene.dropped, 0
            self._telemetry.count("scene_blocks_dropped_total", dropped, camera=self._camera)
        try:
            self._store.put(self._camera, self._writer, self._scene.to_store())
        except StoreUnavailable:
            self._telemetry.count("store_errors_total", role="camera")
        else:
            self._scene.stored()
