"""Two APIs that only serve, and three deciders that are killed, stopped and ended in turn."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.roles_apart import RolesApart
from support.waiting import PATIENCE_S, eventually
from support.written_scores import THRESHOLD, WrittenEpisodes
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from export.bench.site.service import free_port
from service.adapters.redis.connection import connect as connect_redis
from service.adapters.redis.keys import ONE_SHARD

pytestmark = pytest.mark.slow
CAMERAS = [f"camera-{number}" for number in range(8)]
Process = subprocess.Popen[bytes]


class Audience:
    """Hears what one API says of alerts, in a thread, until it is ended.

    Where the machine is so slow that the connection breaks, it goes on after what it heard last.
    """

    def __init__(self, url: str) -> None:
        self.heard: list[dict[str, Any]] = []
        self._url = url.replace("http", "ws", 1) + "/ws/alerts?last_id="
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def end(self) -> None:
        """Hear no more."""
        self._stop.set()
        self._thread.join()

    def changes(self) -> list[tuple[str, str, int]]:
        """Return type, alert and version of all changes, in the order in which they came."""
        return [
            (each["type"], each["alert"]["id"], each["alert"]["version"])
            for each in list(self.heard)
        ]

    def _listen(self) -> None:
        while not self._stop.is_set():
            with suppress(ConnectionClosed, OSError):
                self._hear()

    def _hear(self) -> None:
        last_id = self.heard[-1]["id"] if self.heard else "0-0"
        with connect(self._url + last_id, open_timeout=PATIENCE_S) as socket:
            while not self._stop.is_set():
                with suppress(TimeoutError):
                    message = json.loads(socket.recv(timeout=0.1))
                    if "alert" in message:
                        self.heard.append(message)


class Site(RolesApart):
    """Eight cameras whose scores the test writes; roles that serve and decide, over one Redis."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        rows = [
            {"name": name, "source": "sim:?people=1", "threshold": THRESHOLD} for name in CAMERAS
        ]
        super().__init__(folder, stack, rows)
        self._folder, self._stack = folder, stack
        self.serve_redis()
        self.client = stack.enter_context(connect_redis(self.redis_url))
        self.apis = [self._api() for _ in range(2)]
        self.deciders = [self.role("decide") for _ in range(3)]
        eventually(lambda: self.held() == [2, 3, 3])
        states = [self.state(url) for url in self.apis]  # both answer, before anybody listens
        model = states[0]["model"]["hash"]
        self.episodes = WrittenEpisodes(self.client, CAMERAS, model, time.time())
        self.audiences = [Audience(url) for url in self.apis]
        for each in self.audiences:
            stack.callback(each.end)

    def _api(self) -> str:
        port = free_port()
        command = [str(Path(sys.executable).with_name("posewarden")), "api", "--no-decide"]
        self._run(*command, "--config", str(self._folder / "site.yaml"), "--port", str(port))
        return f"http://127.0.0.1:{port}"

    def state(self, url: str) -> dict[str, Any]:
        """Return what an API says of the site."""

        def ask() -> dict[str, Any]:
            with suppress(httpx.TransportError):
                return dict(httpx.get(url + "/readyz", timeout=PATIENCE_S).json())
            return {}

        return eventually(ask)

    def owner(self, camera: str) -> bytes | None:
        """Return who holds the lease to decide about a camera."""
        owner: bytes | None = self.client.get(ONE_SHARD.lease(camera))  # type: ignore[assignment] -- this client does not decode
        return owner

    def held(self) -> list[int]:
        """Return how many cameras each process decides about, the fewest first."""
        owners = Counter(self.owner(camera) for camera in CAMERAS)
        return sorted(owners.values()) if None not in owners else []

    def cameras_of(self, process: Process) -> list[str]:
        """Return about which cameras a process decides."""
        mark = f"-{process.pid}-".encode()
        return [camera for camera in CAMERAS if mark in (self.owner(camera) or b"")]

    def until(self, look: Callable[[], bool]) -> None:
        """Wait for something while people stay where they are."""
        eventually(lambda: look() or self.episodes.stay())

    def told(self, type_: str) -> int:
        """Return how many changes of a type the first API has said."""
        return Counter(each[0] for each in self.audiences[0].changes())[type_]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site whose every process is killed in the end."""
    with ExitStack() as stack:
        yield Site(tmp_path, stack)


def test_alerts_survive_whatever_becomes_of_deciders(site: Site) -> None:
    """Killed, stopped, continued or ended: each episode is one alert, and both APIs say the same.

    What an operator does about one over one API reaches the listeners of the other.
    """
    killed, stopped, left = site.deciders

    site.episodes.begin()
    killed.kill()
    stopped.send_signal(signal.SIGSTOP)
    site.until(lambda: len(site.cameras_of(left)) == 8)
    site.until(lambda: site.told("opened") == 8)
    (alert, *_) = {each[1] for each in site.audiences[0].changes()}
    answer = httpx.post(f"{site.apis[1]}/alerts/{alert}/acknowledge", timeout=PATIENCE_S)
    assert answer.is_success, answer.text
    site.episodes.end()
    site.until(lambda: site.told("closed") == 8)

    site.episodes.begin()
    stopped.send_signal(signal.SIGCONT)
    site.until(lambda: site.held() == [4, 4])
    site.episodes.end()
    site.until(lambda: site.told("closed") == 16)

    site.episodes.begin()
    left.terminate()
    site.until(lambda: len(site.cameras_of(stopped)) == 8)
    site.episodes.end()
    site.until(lambda: site.told("closed") == 24)
    assert left.wait(PATIENCE_S) == 0

    _assert_told_once(site, episodes=24)
    for url in site.apis:
        eventually(lambda url=url: _archived(url) == ["closed"] * 24)
    stopped.terminate()
    for url in site.apis:
        eventually(lambda url=url: "no process decides" in " ".join(site.state(url)["reasons"]))


def _assert_told_once(site: Site, episodes: int) -> None:
    """Both APIs have said the same: each episode opened once and closed once, no change twice."""
    first, second = site.audiences
    eventually(lambda: len(first.heard) == len(second.heard))
    assert first.heard == second.heard
    counted = Counter(each[0] for each in first.changes())
    assert (counted["opened"], counted["closed"]) == (episodes, episodes)
    assert counted["acknowledged"] == 1
    decided = [each for each in first.changes() if each[0] != "acknowledged"]
    assert len({each[1:] for each in decided}) == len(decided)
    assert len({each[1] for each in decided}) == episodes


def _archived(url: str) -> list[str]:
    answer = httpx.get(url + "/alerts", params={"limit": 100}, timeout=PATIENCE_S)
    return [each["state"] for each in answer.json()["alerts"]]
