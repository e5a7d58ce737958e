"""What watchers of the live feed are sent: only what they want, encoded once."""

import asyncio
import json
from contextlib import ExitStack

import numpy as np
import pytest
from support.api import Service

from service.api.live_hub import BEAT_S, Beat, LiveHub, Watcher
from service.api.shapes.live import LiveCamera
from tracker.types import CameraStatus, FrameView, PersonId, Pose, Track


def camera(name: str) -> LiveCamera:
    """A live camera that sees nobody."""
    return LiveCamera(
        name=name,
        state="live",
        fps=10.0,
        source_fps=10.0,
        overloaded=False,
        reason=None,
        threshold=1.0,
        seq=1,
        at=1.0,
        width_px=640,
        height_px=480,
        people=[],
    )


def names(beat: Beat, wanted: frozenset[str] | None = None) -> list[str]:
    """Return the cameras of a message."""
    return [each["name"] for each in json.loads(beat.text(wanted))["cameras"]]


def test_a_selection_is_encoded_once() -> None:
    """Whoever wants the same cameras gets the very same text; others get others."""
    beat = Beat(5.0, {name: camera(name) for name in ("gate", "yard", "hall")})

    assert beat.text(frozenset({"gate"})) is beat.text(frozenset({"gate"}))
    assert names(beat, frozenset({"hall", "gate", "nowhere"})) == ["gate", "hall"]
    assert names(beat) == ["gate", "yard", "hall"]
    assert names(beat, frozenset()) == []
    assert json.loads(beat.text(None)).keys() == {"type", "now", "cameras"}


class Watched:
    """A hub whose clock is set, and which serves a beat when it is told to."""

    def __init__(self, service: Service) -> None:
        self.now = 1000.0
        self.asked: list[list[str]] = []
        views = service.dependencies.site_status.views

        def counted(cameras: list[str]) -> dict[str, FrameView]:
            self.asked.append(list(cameras))
            return views(cameras)

        service.dependencies.site_status.views = counted  # type: ignore[method-assign,assignment]
        self.hub = LiveHub(service.dependencies, clock=lambda: self.now)

    async def beats(self, number: int, *watchers: Watcher) -> list[int]:
        """Serve so many beats; return how many each watcher got."""
        got = [0] * len(watchers)
        for _ in range(number):
            await self.hub._serve_due()
            for place, watcher in enumerate(watchers):
                if watcher.newest is not None:
                    await watcher.next()
                    got[place] += 1
            self.now += BEAT_S
        return got


@pytest.fixture
def watched(service: Service) -> Watched:
    """Three cameras, of which gate sees somebody."""
    pose = Pose(np.full((17, 3), 0.123456, np.float32), np.zeros(4, np.float32))
    track = Track(PersonId("gate", "s", 3), 1, 10.0, pose)
    service.site.views["gate"] = FrameView("gate", "s", 1, 10.0, 640, 480, (track,))
    for name in ("gate", "yard", "hall"):
        service.site_status.report(CameraStatus(name, "live", 4.0, 10.0, 0, None))
    return Watched(service)


async def test_each_gets_its_own_rate(watched: Watched) -> None:
    """Ten a second, two a second, and one in ten seconds; the first comes at once."""
    fast, slow, rare = Watcher(), Watcher(), Watcher()
    slow.subscribe(None, 2.0)
    rare.subscribe(None, 0.1)
    with watched.hub.watching(fast), watched.hub.watching(slow), watched.hub.watching(rare):
        assert await watched.beats(100, fast, slow, rare) == [100, 20, 1]


async def test_a_beat_is_encoded_once_for_each_selection(watched: Watched) -> None:
    """However many clients watch all cameras, and however many the same ones."""
    gate = frozenset({"gate"})
    watchers = [Watcher() for _ in range(5)] + [Watcher(cameras=gate) for _ in range(4)]
    with ExitStack() as stack:
        for each in watchers:
            stack.enter_context(watched.hub.watching(each))
        for _ in range(3):
            await watched.hub._serve_due()
            texts = [(await each.next()).text(each.cameras) for each in watchers]
            assert len(set(texts)) == 2
            watched.now += BEAT_S

    assert watched.hub.encodes == 6


async def test_only_what_somebody_wants_is_read(watched: Watched) -> None:
    """The cameras of those who are due; all, as soon as one of them wants all."""
    gate, yard = (Watcher(cameras=frozenset({name})) for name in ("gate", "yard"))
    yard.subscribe(frozenset({"yard"}), 5.0)
    with watched.hub.watching(gate), watched.hub.watching(yard):
        await watched.beats(2, gate, yard)
        gate.subscribe(None, 10.0)
        await watched.beats(1, gate, yard)

    assert [sorted(each) for each in watched.asked] == [
        ["gate", "yard"],
        ["gate"],
        ["gate", "hall", "yard"],
    ]


async def test_nobody_is_read_for_nobody(watched: Watched) -> None:
    """Without watchers, or while none is due, Redis is left alone."""
    rare = Watcher()
    rare.subscribe(None, 0.1)
    assert await watched.beats(3) == []
    with watched.hub.watching(rare):
        await watched.beats(50, rare)

    assert len(watched.asked) == 1


async def test_a_slow_watcher_skips_beats(watched: Watched) -> None:
    """It gets the newest one when it comes back, not those between."""
    watcher = Watcher()
    with watched.hub.watching(watcher):
        for _ in range(3):
            await watched.hub._serve_due()
            newest = watcher.newest
            watched.now += BEAT_S
        assert await watcher.next() is newest
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(watcher.next(), 0.01)


async def test_a_bug_in_one_view_does_not_end_the_feed(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the next beat comes."""
    monkeypatch.setattr("service.api.live_hub.RETRY_S", 0.0)
    watched = Watched(service)
    serve, failures = watched.hub._serve_due, [RuntimeError("a bug")]

    async def failing_once() -> None:
        if failures:
            raise failures.pop()
        await serve()

    monkeypatch.setattr(watched.hub, "_serve_due", failing_once)
    watcher = Watcher()
    running = asyncio.create_task(watched.hub.run())
    with watched.hub.watching(watcher):
        beat = await watcher.next()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert json.loads(beat.text(None))["type"] == "live"
    assert "live views failed" in caplog.text
