"""A site for tests of the page: simulated people before many cameras, and alerts of every kind."""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import httpx
import msgspec
import numpy as np

from inference.types import (
    Alert,
    AlertEvent,
    AlertPoses,
    Kind,
    KindScore,
    Position,
    Score,
    severity_of,
)
from service.records import EpisodePiece, PersonPose, PoseFrame
from service.types import WorkerStatus
from support.api import FRAMES, MemoryParts, Service, Serving, SpeedFlow
from support.plain_http import PLAIN
from support.waiting import PATIENCE_S
from tracker.simulator.crowd import Event
from tracker.simulator.source import Recording, Simulation, simulate
from tracker.types import CameraState, CameraStatus, FrameView, PersonId, Pose, Track

NAMES = (
    "gate", "yard", "lobby", "hall", "stairs", "ward-1", "ward-2", "garden", "dock", "pharmacy",
    "corridor", "kitchen", "parking", "entrance", "roof", "cellar",
)  # fmt: skip
FPS = 10.0
SESSION = "s1"
WIDTH_PX, HEIGHT_PX = 1280, 720
THRESHOLD = 2.0
REASONS: dict[Kind, str] = {
    "person_down": "lies where they fell and does not get up",
    "fall": "dropped fast to the ground within 0.9 s and stayed low",
    "fight": "two people strike at each other at arm's length",
    "running": "runs, at 3.4 body lengths a second",
    "movement": "moves unlike most people do",
}


@cache
def play(seed: int, *, people: int = 5, seconds: float = 40.0) -> Recording:
    """Return people who walk, stand, and do what is scheduled; computed once a process."""
    events = (Event("fall", 12.0), Event("run", 26.0))
    return simulate(
        Simulation(people=people, fps=FPS, seed=seed, events=events, daily=0.5, noise=0.6), seconds
    )


def camera_names(count: int) -> tuple[str, ...]:
    """Return so many names."""
    rounds = range(-(-count // len(NAMES)))
    names = [name if turn == 0 else f"{name}-{turn + 1}" for turn in rounds for name in NAMES]
    return tuple(names[:count])


@dataclass
class PageSite:
    """A running service that the page is opened on.

    Attributes:
        people: how many are seen by each camera.
        away: cameras that give no picture, with their state and why.
        notes: what cameras say besides.
        slow: cameras of whose frames too few are processed to score anybody: how many a second.
        frozen: nothing moves: for pictures.
    """

    parts: MemoryParts
    cameras: tuple[str, ...]
    people: int = 3
    away: dict[str, tuple[CameraState, str]] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    service: Service = field(init=False, repr=False)
    _tick: int = 0

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"{self.service.url}/"

    def show(self) -> None:
        """Let every camera show its next frame."""
        self._tick += 1
        self.parts.board.heartbeat(
            WorkerStatus(
                name="worker-1",
                model="ab" * 32,
                provider="CPUExecutionProvider",
                wanted="auto",
                beat_at=time.time(),
            )
        )
        for number, name in enumerate(self.cameras):
            self._show_camera(number, name)

    def _show_camera(self, number: int, name: str) -> None:
        now = time.time()
        state: CameraState
        reason: str | None
        state, reason = self.away.get(name, ("live", None))
        seen_at = now if state == "live" else now - 340.0
        self.parts.board.report(
            CameraStatus(
                name, state, self.slow.get(name, FPS) if state == "live" else 0.0, seen_at, 0,
                reason, source_fps=FPS, notes=self.notes.get(name, ()),
                overloaded=name in self.slow, too_few_frames=name in self.slow,
            )
        )  # fmt: skip
        tracks = self._tracks(number, name, now) if state == "live" else ()
        self.parts.site.views[name] = FrameView(
            name, SESSION, self._tick, now, WIDTH_PX, HEIGHT_PX, tracks
        )
        self._score(name, tracks, now)

    def _tracks(self, number: int, name: str, now: float) -> tuple[Track, ...]:
        recording = play(number % 4)
        frame = (self._tick + number * 37) % len(recording.joints)
        # Not everybody before every camera, so that the wall looks like a site.
        count = self.people if self.people == 5 else min((number * 7) % 4, self.people)
        return tuple(
            Track(
                PersonId(name, SESSION, person + 1), self._tick, now,
                Pose(recording.joints[frame, person], np.zeros(4, np.float32)),
            )
            for person in range(count)
        )  # fmt: skip

    def _score(self, name: str, tracks: Sequence[Track], now: float) -> None:
        place = Position(now, 0.0, 0.0, 100.0)
        scores = []
        for track in tracks:
            wave = np.sin(self._tick / 9 + track.person.number * 2 + len(name))
            score = Score(
                track.person, self._tick, now, THRESHOLD - 0.75 + 0.5 * float(wave),
                None, place, place, "m", "",
            )  # fmt: skip
            scores.append((self.parts.site.next_id(), score))
        # In the place of those before: the service reads them in a thread of its own meanwhile.
        self.parts.site.scores[name] = deque(scores)

    def put(self, alert: Alert, *, poses: bool = True, event: str = "opened") -> Alert:
        """Let an alert open or change, with the poses of its whole episode."""
        recording = play(1)
        person = int(alert.person.rpartition("/")[2]) - 1
        clip = fall_clip(recording, person) if poses else None
        self.parts.alerts.put(AlertEvent(type=event, alert=alert), clip)  # type: ignore[arg-type]
        if poses:
            self.record(alert)
        return alert

    def record(self, alert: Alert) -> None:
        """Keep the poses of an alert's whole episode."""
        recording = play(1)
        begin = round(10.0 * FPS)  # two seconds before the fall
        until = alert.closed_at or alert.opened_at + 8.0
        frames = [
            PoseFrame(
                alert.opened_at - 2.0 + step / FPS,
                tuple(
                    PersonPose(person + 1, recording.joints[begin + step, person])
                    for person in range(2)
                ),
            )
            for step in range(min(round((until - alert.opened_at + 2.0) * FPS), 250))
        ]
        episodes = self.parts.alerts.episodes
        state = episodes.about(alert.id)
        if state is None or state.frames:
            return
        done = alert.state == "closed"
        written = replace(
            state, pieces=1, frames=len(frames), done=done, width_px=WIDTH_PX, height_px=HEIGHT_PX
        )
        episodes.add(EpisodePiece(state=written, frames=frames))


def made_alert(
    number: int,
    kind: Kind,
    *,
    camera: str = "gate",
    at: float | None = None,
    closed_after_s: float | None = None,
    rarity_hours: float | None = 40.0,
    others: Sequence[Kind] = (),
) -> Alert:
    """Return an alert of a kind, open unless it is said after how long it closed."""
    opened_at = time.time() - 30.0 if at is None else at
    kinds = tuple(
        KindScore(
            kind=each,
            peak_score=3.4 if each == "movement" else 1.4,
            peak_at=opened_at + 1.5,
            threshold=THRESHOLD if each == "movement" else 1.0,
            reason=REASONS[each],
            rarity_hours=rarity_hours if each == "movement" else None,
        )
        for each in (kind, *others)
    )
    leading = kinds[0]
    closed_at = None if closed_after_s is None else opened_at + closed_after_s
    return Alert(
        id=f"alert-{number}",
        camera=camera,
        person=f"{camera}/{SESSION}/1",
        state="open" if closed_at is None else "closed",
        opened_at=opened_at,
        updated_at=closed_at or opened_at,
        closed_at=closed_at,
        peak_score=leading.peak_score,
        peak_at=opened_at + 1.5,
        threshold=leading.threshold,
        joints=("left_wrist", "right_knee", "neck"),
        model="ab" * 32,
        version=1,
        kind=kind,
        kinds=kinds,
        reason=leading.reason,
        rarity_hours=leading.rarity_hours,
        severity=severity_of(leading),
    )


def changed(alert: Alert, **values: object) -> Alert:
    """Return the alert's next version."""
    return msgspec.structs.replace(alert, version=alert.version + 1, **values)


def fall_clip(recording: Recording, person: int) -> AlertPoses:
    """Return the clip of somebody's alert: the poses of the play's fall."""
    return AlertPoses(fps=24.0, poses=_clip(recording, person), joint_map=_heat().tolist())


def _clip(recording: Recording, person: int) -> list[list[tuple[float, float, float]]]:
    """A second at 24 poses a second, around the fall."""
    begin = 11.6 * FPS
    steps = begin + np.arange(FRAMES) * FPS / 24
    low = np.floor(steps).astype(int)
    part = (steps - low)[:, None, None]
    joints = recording.joints[:, person]
    mixed = joints[low] * (1 - part) + joints[low + 1] * part
    return [[(x, y, c) for x, y, c in pose] for pose in mixed.tolist()]


def _heat() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    heat = np.full((FRAMES, 18), 0.02)
    heat[8:20, 7] = np.hanning(12) * 0.5
    heat[10:22, 9] = np.hanning(12) * 0.4
    return heat


@contextmanager
def page_site(
    folder: Path,
    cameras: int = 6,
    *,
    api_key: str | None = None,
) -> Iterator[PageSite]:
    """A served site whose cameras show one frame until `show` or `playing`."""
    names = camera_names(cameras)
    parts = MemoryParts(
        folder,
        directory=api_key,
        flow=SpeedFlow(),
        cameras=dict.fromkeys(names, THRESHOLD),
    )
    site = PageSite(parts, names)
    with (
        Serving(parts.dependencies) as url,
        httpx.Client(base_url=url, timeout=PATIENCE_S, verify=PLAIN) as http,
    ):
        site.service = parts.service(url, http)
        site.show()
        yield site
    parts.close()


@contextmanager
def playing(site: PageSite) -> Iterator[PageSite]:
    """Let the cameras go on showing, ten frames a second, until the end."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(1 / FPS):
            site.show()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield site
    finally:
        ended.set()
        thread.join()
