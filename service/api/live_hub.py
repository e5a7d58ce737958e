"""Sends the cameras' newest skeletons and scores to WebSocket clients."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
from anyio import to_thread

from inference.types import Kind
from service.api.alert_hub import RETRY_S, log
from service.api.dependencies import ApiDependencies
from service.api.promise import held_calibrations, rarities_now
from service.api.routes import camera_infos
from service.api.shapes.cameras import CameraInfo
from service.api.shapes.live import LiveCamera, LivePerson
from service.api.shapes.poses import Joint
from tracker.errors import StoreUnavailable
from tracker.types import FrameView, Track

BEAT_S = 0.1
STATUS_EVERY_S = 1.0  # a camera's state changes slowly


class Beat:
    """The cameras as of one moment: each is encoded once, each selection of them once.

    Args:
        now: UTC seconds.
        on_encode: called for each message that is encoded.
    """

    def __init__(
        self,
        now: float,
        cameras: Mapping[str, LiveCamera],
        on_encode: Callable[[], None] = lambda: None,
    ) -> None:
        self._now, self._cameras, self._on_encode = now, cameras, on_encode
        self._encoded: dict[str, msgspec.Raw] = {}
        self._texts: dict[frozenset[str] | None, str] = {}

    def text(self, wanted: frozenset[str] | None) -> str:
        """Return the message with these cameras; None: with all."""
        if wanted not in self._texts:
            shown = [self._raw(name) for name in self._cameras if wanted is None or name in wanted]
            message = {"type": "live", "now": self._now, "cameras": shown}
            self._texts[wanted] = msgspec.json.encode(message).decode()
            self._on_encode()
        return self._texts[wanted]

    def _raw(self, name: str) -> msgspec.Raw:
        if name not in self._encoded:
            self._encoded[name] = msgspec.Raw(msgspec.json.encode(self._cameras[name]))
        return self._encoded[name]


@dataclass(eq=False, slots=True, kw_only=True)
class Watcher:
    """What one client wants to see; it may change at any time.

    Attributes:
        cameras: None: all.
        period_s: between two messages, a multiple of the beat.
        due_at: when the next one is due, on the monotonic clock.
        newest: what it has not been sent yet.
    """

    cameras: frozenset[str] | None = None
    period_s: float = BEAT_S
    due_at: float = -math.inf
    newest: Beat | None = None
    fresh: asyncio.Event = field(default_factory=asyncio.Event)

    def subscribe(self, cameras: frozenset[str] | None, rate_hz: float) -> None:
        """Want other cameras, or another rate, from the next beat on."""
        self.cameras, self.period_s, self.due_at = cameras, 1 / rate_hz, -math.inf

    def take(self, beat: Beat, now: float) -> None:
        """Have a beat to send."""
        after = self.due_at + self.period_s
        self.due_at = after if after > now else now + self.period_s
        self.newest = beat
        self.fresh.set()

    async def next(self) -> Beat:
        """Return the newest beat once there is one; slow clients skip those between."""
        while self.newest is None:
            self.fresh.clear()
            await self.fresh.wait()
        beat, self.newest = self.newest, None
        return beat


class LiveHub:
    """Reads the newest views of the cameras that somebody watches, at most ten times a second.

    Args:
        clock: monotonic seconds.

    Attributes:
        encodes: how many messages were encoded so far.
    """

    def __init__(
        self, dependencies: ApiDependencies, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.encodes = 0
        self._reader = _ViewReader(dependencies, self._count)
        self._clock = clock
        self._watchers: set[Watcher] = set()
        self._somebody = asyncio.Event()

    async def run(self) -> None:
        """Read views until cancelled; rest without watchers."""
        while True:
            await self._somebody.wait()
            try:
                await self._serve_due()
            except StoreUnavailable as err:
                log.warning("live views wait for redis", extra={"reason": str(err)})
                await asyncio.sleep(RETRY_S)
            except Exception:  # a bug in one view must not end the feed for everybody
                log.exception("live views failed; going on with the next")
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(BEAT_S)

    @contextmanager
    def watching(self, watcher: Watcher) -> Iterator[None]:
        """Let a watcher have beats for so long."""
        self._watchers.add(watcher)
        self._somebody.set()
        try:
            yield
        finally:
            self._watchers.discard(watcher)
            if not self._watchers:
                self._somebody.clear()

    def _count(self) -> None:
        self.encodes += 1

    async def _serve_due(self) -> None:
        # Half a beat early is closer to the wanted rate than half a beat late.
        now = self._clock()
        due = [each for each in self._watchers if each.due_at <= now + BEAT_S / 2]
        if not due:
            return
        wanted = [each.cameras for each in due]
        named = None if None in wanted else frozenset().union(*filter(None, wanted))
        beat = await to_thread.run_sync(self._reader.read, named, now)
        for watcher in due:
            watcher.take(beat, now)


class _ViewReader:
    """Joins states, views and scores; runs in a thread, one call at a time."""

    def __init__(self, dependencies: ApiDependencies, on_encode: Callable[[], None]) -> None:
        self._dependencies, self._on_encode = dependencies, on_encode
        self._infos: dict[str, CameraInfo] = {}
        self._rarities: dict[str, dict[Kind, float]] = {}
        self._read_again_at = -math.inf

    def read(self, wanted: frozenset[str] | None, now: float) -> Beat:
        """Return the newest of these cameras, or of all.

        Args:
            now: monotonic seconds.
        """
        status = self._dependencies.site_status
        if now >= self._read_again_at:
            self._infos = camera_infos(self._dependencies)
            held = held_calibrations(self._dependencies, self._infos)
            self._rarities = rarities_now(self._dependencies, held)
            self._read_again_at = now + STATUS_EVERY_S
        infos = {
            name: info for name, info in self._infos.items() if wanted is None or name in wanted
        }
        views = status.views(list(infos))
        cameras = {
            name: msgspec.structs.replace(
                _live_camera(info, views.get(name), status.latest_nll),
                rarity_hours=self._rarities.get(name, {}),
            )
            for name, info in infos.items()
        }
        return Beat(self._dependencies.clock(), cameras, self._on_encode)


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
        watched=info.watched,
        lost_since=info.lost_since,
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
