"""Observes a site from outside: alert messages as a resuming client, and the cameras' frames."""

import json
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle, pairwise
from typing import Any

import redis
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from service.adapters.redis.codec import Malformed, decode_view
from service.adapters.redis.keys import ONE_SHARD

LISTENS_S, AWAY_S = 7.0, 3.0
LOOK_S = 0.02
SKIPS = 2  # frames at 10 a second; a fall takes ten, and of two in a row the rule sees no speed


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One message of the alert WebSocket, and when it arrived, on the monotonic clock."""

    at_s: float
    id: str
    event: dict[str, Any]

    def summary(self) -> str:
        """Return what it tells, in a line."""
        alert = self.event["alert"]
        kinds = [each["kind"] for each in alert.get("kinds", ())]
        return f"{alert['person']} {kinds} at {alert['opened_at']:.2f}, sent {self.at_s:.1f} s"


class Subscriber:
    """Connects to one API after the other and resumes with the last id it has.

    It disconnects now and then and stays away for a while, also after it was disconnected: on its
    return it must receive what happened meanwhile.

    Attributes:
        messages: all messages received.
        gaps: number of messages that announced missing events.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._stop = threading.Event()
        self.messages: list[AlertMessage] = []
        self.gaps = 0

    def run(self) -> None:
        """Listen until stopped."""
        for port in cycle(self._ports):
            with suppress(OSError, WebSocketException):
                self._listen(port, self.messages[-1].id if self.messages else "0-0")
            if self._stop.wait(AWAY_S):
                return

    def stop(self) -> None:
        """Let `run` end."""
        self._stop.set()

    def opened(self) -> list[AlertMessage]:
        """Return the messages that opened an alert."""
        return [each for each in list(self.messages) if each.event["type"] == "opened"]

    def doubled(self) -> int:
        """Return how many messages came more than once, by id or by alert, version and act."""
        messages = list(self.messages)
        ids = Counter(each.id for each in messages)
        changes = Counter(_change(each.event) for each in messages)
        return len(messages) - min(len(ids), len(changes))

    def _listen(self, port: int, last_id: str) -> None:
        url = f"ws://127.0.0.1:{port}/ws/alerts?last_id={last_id}"
        end_s = time.monotonic() + LISTENS_S
        with connect(url, open_timeout=2, ping_interval=2, ping_timeout=2) as socket:
            while time.monotonic() < end_s and not self._stop.is_set():
                with suppress(TimeoutError):
                    event = json.loads(socket.recv(timeout=0.5))
                    if event["type"] == "gap":
                        self.gaps += 1
                    elif "alert" in event:
                        self.messages.append(AlertMessage(time.monotonic(), event["id"], event))


def _change(event: dict[str, Any]) -> tuple[str, int, str]:
    """Return what a message tells of: of which alert, in which version, by which act."""
    return event["alert"]["id"], event["alert"]["version"], event.get("act", {}).get("id", "")


@dataclass(slots=True)
class Session:
    """One camera session as it was seen.

    Attributes:
        seen: of each frame its number, its capture time, and the monotonic moment; at least one.
    """

    camera: str
    name: str
    seen: list[tuple[int, float, float]]

    def when(self, play_s: float, fps: float) -> float | None:
        """Return the moment at which the play had come this far; None if it was never seen."""
        place = bisect_left(self.seen, (round(play_s * fps),))
        return self.seen[place][2] if place < len(self.seen) else None

    def is_whole(self, begin_play_s: float, end_play_s: float, fps: float) -> bool:
        """Return whether a part of the play was seen frame by frame, from before its beginning.

        A hole that lies across the beginning, and a first look that comes after it, count, too.
        """
        frames = [seq for seq, _, _ in self.seen]
        first, last = (bisect_left(frames, round(at * fps)) for at in (begin_play_s, end_play_s))
        if last == len(frames):
            return False
        if first == 0:
            return frames[0] <= max(round(begin_play_s * fps), 0) and not _holes(frames[: last + 1])
        return not _holes(frames[first - 1 : last + 1])

    def holes(self, begin_s: float, end_s: float) -> int:
        """Count where frames did not come one after the other between these moments.

        A machine that is too busy skips some of a play; windows then begin anew.
        """
        frames = [seq for seq, _, moment_s in self.seen if begin_s <= moment_s <= end_s]
        return _holes(frames)

    def play_s(self, at: float, fps: float) -> float:
        """Return how far the play had come at a capture time, also before the first look at it."""
        seq, seen_at, _ = min(self.seen, key=lambda each: abs(each[1] - at))
        return seq / fps + at - seen_at


def _holes(frames: Sequence[int]) -> int:
    return sum(after - before > SKIPS for before, after in pairwise(frames))


class Plays:
    """Looks at the cameras' newest frames fifty times a second."""

    def __init__(self, port: int, cameras: Sequence[str]) -> None:
        self._client = redis.Redis(port=port, socket_timeout=0.5)
        self._cameras = cameras
        self._stop = threading.Event()
        self._by_name: dict[tuple[str, str], Session] = {}

    @property
    def sessions(self) -> list[Session]:
        """Return all sessions so far, in order of their beginning."""
        return list(self._by_name.values())

    def newest(self, camera: str) -> Session | None:
        """Return the session that a camera is in."""
        return next((each for each in reversed(self.sessions) if each.camera == camera), None)

    def run(self) -> None:
        """Look until stopped."""
        while not self._stop.wait(LOOK_S):
            for camera in self._cameras:
                with suppress(redis.RedisError, Malformed):
                    data: Any = self._client.get(ONE_SHARD.view(camera))
                    if data is not None:
                        self._see(data)
        self._client.close()

    def stop(self) -> None:
        """Let `run` end."""
        self._stop.set()

    def _see(self, data: bytes) -> None:
        view = decode_view(data)
        key, frame = (view.camera, view.session), (view.seq, view.at, time.monotonic())
        if key not in self._by_name:
            self._by_name[key] = Session(*key, [frame])
        elif self._by_name[key].seen[-1][0] < view.seq:
            self._by_name[key].seen.append(frame)
