"""Sends the cameras' newest skeletons and scores to WebSocket clients."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from anyio import to_thread

from service.api.alert_hub import RETRY_S, log
from service.api.dependencies import ApiDependencies
from service.api.routes import camera_infos
from service.api.schemas import CameraInfo, Joint, LiveCamera, LiveMessage, LivePerson
from tracker.errors import StoreUnavailable
from tracker.types import FrameView, Track

BEAT_S = 0.1


STATUS_BEATS = 10  # a camera's state changes slowly: read it once a second


class LiveHub:
    """Reads the newest view of every camera ten times a second while there are watchers."""

    def __init__(self, dependencies: ApiDependencies) -> None:
        self._parts = dependencies
        self._watchers = 0
        self._wanted = asyncio.Event()
        self._fresh = asyncio.Condition()
        self._newest: LiveMessage | None = None

    async def run(self) -> None:
        """Read views until cancelled; rest without watchers."""
        reader = _ViewReader(self._parts)
        while True:
            await self._wanted.wait()
            try:
                self._newest = await to_thread.run_sync(reader.read)
                async with self._fresh:
                    self._fresh.notify_all()
            except StoreUnavailable as err:
                log.warning("live views wait for redis", extra={"reason": str(err)})
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(BEAT_S)

    async def watch(self) -> AsyncGenerator[LiveMessage, None]:
        """Yield the newest views; a slow watcher skips beats instead of falling behind."""
        self._watchers += 1
        self._wanted.set()
        try:
            while True:
                async with self._fresh:
                    await self._fresh.wait()
                if self._newest is not None:
                    yield self._newest
        finally:
            self._watchers -= 1
            if self._watchers == 0:
                self._wanted.clear()


class _ViewReader:
    """Joins states, views and scores; runs in a thread, one call at a time."""

    def __init__(self, dependencies: ApiDependencies) -> None:
        self._parts = dependencies
        self._beat = 0
        self._infos: dict[str, CameraInfo] = {}

    def read(self) -> LiveMessage:
        if self._beat % STATUS_BEATS == 0:
            self._infos = camera_infos(self._parts)
        self._beat += 1
        views = self._parts.site_status.views(list(self._infos))
        return LiveMessage(
            now=self._parts.clock(),
            cameras=[
                _live_camera(info, views.get(name), self._parts.site_status.latest_nll)
                for name, info in self._infos.items()
            ],
        )


def _live_camera(
    info: CameraInfo, view: FrameView | None, latest_nll: Callable[[str], dict[str, float]]
) -> LiveCamera:
    scores = latest_nll(info.name) if view is not None and view.tracks else {}
    people = [
        LivePerson(
            number=track.person.number,
            session=track.person.session,
            joints=_rounded(track),
            score=scores.get(str(track.person)),
        )
        for track in (view.tracks if view is not None else ())
    ]
    return LiveCamera(
        name=info.name,
        state=info.state,
        fps=info.fps,
        source_fps=info.source_fps,
        overloaded=info.overloaded,
        reason=info.reason,
        threshold=info.threshold,
        armed=info.armed,
        seq=None if view is None else view.seq,
        at=None if view is None else view.at,
        width_px=0 if view is None else view.width_px,
        height_px=0 if view is None else view.height_px,
        people=people,
    )


def _rounded(track: Track) -> list[Joint]:
    # A tenth of a pixel is more than a screen shows, and a third of the bytes.
    return [(round(x, 1), round(y, 1), round(c, 2)) for x, y, c in track.pose.joints.tolist()]
