"""One reader, many listeners: alert events to bounded queues, the newest views to slots."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeAlias

from anyio import to_thread

from inference.types import AlertEvent
from service.api.dependencies import Parts
from service.api.routes import camera_infos
from service.api.schemas import CameraInfo, Joint, LiveCamera, LiveMessage, LivePerson
from service.ports import AlertFeed
from tracker.errors import StoreUnavailable
from tracker.types import FrameView, Track

log = logging.getLogger(__name__)
QUEUE_LIMIT = 512
RETRY_S = 0.5
BEAT_S = 0.1
STATUS_BEATS = 10  # a camera's state changes slowly: ask once a second
Entry: TypeAlias = tuple[str, AlertEvent]


class SlowClient(Exception):
    """A listener's queue overflowed: it must come back and resume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to tell a listener: an event, or (event None) that some were trimmed."""

    id: str
    event: AlertEvent | None
    live: bool


@dataclass(eq=False, slots=True)
class _Listener:
    queue: asyncio.Queue[Entry]
    overflowed: asyncio.Event = field(default_factory=asyncio.Event)


class AlertHub:
    """Reads the events once and hands them to every listener."""

    def __init__(self, feed: AlertFeed, *, queue_limit: int = QUEUE_LIMIT) -> None:
        self._feed, self._queue_limit = feed, queue_limit
        self._listeners: set[_Listener] = set()
        self._started = asyncio.Event()

    async def run(self) -> None:
        """Read events until cancelled; wait out a Redis that does not answer."""
        last: str | None = None
        while True:
            try:
                last = last or await self._feed.last_id()
                self._started.set()
                async with aclosing(self._feed.tail(last)) as entries:
                    async for entry in entries:
                        last = entry[0]
                        self._hand_out(entry)
            except StoreUnavailable as err:
                log.warning("alert events wait for redis", extra={"reason": str(err)})
                await asyncio.sleep(RETRY_S)

    async def listen(self, after: str | None) -> AsyncGenerator[Delivery, None]:
        """Yield events: those after an id first, if one is given, then new ones for ever.

        Raises:
            SlowClient: the listener did not keep up.
            StoreUnavailable: Redis did not answer while old events were read.
        """
        # Before the reader knows where it begins, it would miss what is written meanwhile.
        await self._started.wait()
        # Join before reading old events: what comes meanwhile waits in the queue, none is lost.
        listener = _Listener(asyncio.Queue(self._queue_limit))
        self._listeners.add(listener)
        try:
            if after is not None:
                async with aclosing(self._replay(after)) as replay:
                    async for delivery in replay:
                        after = delivery.id
                        yield delivery
            async with aclosing(_drain(listener)) as entries:
                async for identity, event in entries:
                    if after is None or _order(identity) > _order(after):
                        yield Delivery(id=identity, event=event, live=True)
        finally:
            self._listeners.discard(listener)

    async def _replay(self, after: str) -> AsyncGenerator[Delivery, None]:
        end = await self._feed.last_id()
        if await self._feed.is_trimmed(after):
            yield Delivery(id=after, event=None, live=False)
        if _order(after) == _order(end):
            return
        async with aclosing(self._feed.tail(after)) as entries:
            async for identity, event in entries:
                yield Delivery(id=identity, event=event, live=False)
                if _order(identity) >= _order(end):
                    return

    def _hand_out(self, entry: Entry) -> None:
        for listener in self._listeners:
            try:
                listener.queue.put_nowait(entry)
            except asyncio.QueueFull:
                listener.overflowed.set()


async def _drain(listener: _Listener) -> AsyncGenerator[Entry, None]:
    while True:
        if listener.overflowed.is_set():
            raise SlowClient
        yield await listener.queue.get()


def _order(identity: str) -> tuple[int, int]:
    milliseconds, _, sequence = identity.partition("-")
    return int(milliseconds), int(sequence or 0)


class LiveHub:
    """The newest view of every camera, read ten times a second while somebody watches."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._watchers = 0
        self._wanted = asyncio.Event()
        self._fresh = asyncio.Condition()
        self._newest: LiveMessage | None = None

    async def run(self) -> None:
        """Read views until cancelled; rest while nobody watches."""
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
    """Puts states, views and scores together; runs in a thread, one call at a time."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._beat = 0
        self._infos: dict[str, CameraInfo] = {}

    def read(self) -> LiveMessage:
        if self._beat % STATUS_BEATS == 0:
            self._infos = camera_infos(self._parts)
        self._beat += 1
        views = self._parts.board.views(list(self._infos))
        return LiveMessage(
            now=self._parts.clock(),
            cameras=[
                _live_camera(info, views.get(name), self._parts.board.latest_nll)
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
        seq=None if view is None else view.seq,
        at=None if view is None else view.at,
        width_px=0 if view is None else view.width_px,
        height_px=0 if view is None else view.height_px,
        people=people,
    )


def _rounded(track: Track) -> list[Joint]:
    # A tenth of a pixel is more than a screen shows, and a third of the bytes.
    return [(round(x, 1), round(y, 1), round(c, 2)) for x, y, c in track.pose.joints.tolist()]
