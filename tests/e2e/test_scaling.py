"""Many processes of each role over one redis-server with a password: shares, kills, scores."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from support.machine_clock import Stopwatch
from support.plain_http import PLAIN
from support.running_site import EVERYBODY, metric
from support.waiting import PATIENCE_S, eventually

from export.bench.site.service import free_port
from service.adapters.redis.codec_windows import decode_scores
from service.adapters.redis.keys import Shards, windows

pytestmark = pytest.mark.slow

SHARDS = Shards(2)
CAMERAS = ("east", "north", "south", "west")
POSE = [[100.0 + 3 * (joint % 5), 50.0 + 10 * joint, 0.9] for joint in range(17)]


class Site:
    """Processes of one site, started one by one; all are killed in the end."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self.port, self.api_port = free_port(), free_port()
        self.metrics: dict[subprocess.Popen[bytes], int] = {}
        (folder / "password").write_text("open sesame/@:\n")
        cameras = "\n".join(
            f'  - {{name: {name}, source: "sim:?people=2&seed={seed}", threshold: {EVERYBODY}}}'
            for seed, name in enumerate(CAMERAS)
        )
        (folder / "site.yaml").write_text(
            f"redis: {{url: 'redis://127.0.0.1:{self.port}/0', shards: {SHARDS.number},"
            f" password_file: {folder}/password}}\ndata: {folder}/data\ncameras:\n{cameras}\n"
        )
        self.client = redis.Redis(port=self.port, password="open sesame/@:")

    def serve_redis(self) -> None:
        server = shutil.which("redis-server")
        if server is None:
            (pytest.fail if "CI" in os.environ else pytest.skip)("no redis-server on the PATH")
        options = f"--port {self.port} --appendonly yes --dir {self._folder}".split()
        self._run(server, *options, "--requirepass", "open sesame/@:")

    def role(self, name: str) -> "subprocess.Popen[bytes]":
        command = [str(Path(sys.executable).with_name("posewarden")), name]
        port = self.api_port if name == "api" else free_port()
        command += ["--config", str(self._folder / "site.yaml")]
        command += ["--port" if name == "api" else "--metrics-port", str(port)]
        process = self._run(*command)
        self.metrics[process] = port
        return process

    def metric(self, process: "subprocess.Popen[bytes]", name: str) -> float:
        try:
            text = httpx.get(f"http://127.0.0.1:{self.metrics[process]}/metrics", verify=PLAIN).text
        except httpx.TransportError:
            return 0.0
        return metric(text, name)

    def held(self, *processes: "subprocess.Popen[bytes]") -> list[int]:
        return [int(self.metric(each, 'cameras_held{role="camera"}')) for each in processes]

    def score(self) -> httpx.Response | None:
        try:
            url = f"http://127.0.0.1:{self.api_port}/score"
            return httpx.post(url, json={"poses": [POSE] * 24, "fps": 24}, timeout=20)
        except httpx.TransportError:
            return None

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def scores(self) -> list[tuple[str, int]]:
        """The keys of all scores so far."""
        entries: list[Any] = [
            entry for camera in CAMERAS for entry in self.client.xrange(SHARDS.scores(camera))
        ]
        return [
            (str(score.person), score.last_seq)
            for _, fields in entries
            for score in decode_scores(fields[b"s"])
        ]

    def unscored(self) -> int:
        groups = [self.client.xinfo_groups(windows(shard)) for shard in range(SHARDS.number)]
        return sum(group["pending"] + group["lag"] for (group,) in groups)

    def windows(self) -> int:
        """How many windows there ever were."""
        streams = [self.client.xinfo_stream(windows(shard)) for shard in range(SHARDS.number)]
        return sum(stream["entries-added"] for stream in streams)

    def frozen_with_claims(self, worker: "subprocess.Popen[bytes]") -> bool:
        """Stop a worker for a moment; leave it so if it has claims it cannot finish any more."""
        worker.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        for shard in range(SHARDS.number):
            for each in self.client.xinfo_consumers(windows(shard), "workers"):
                if f"-{worker.pid}-" in each["name"].decode() and each["pending"]:
                    return True
        worker.send_signal(signal.SIGCONT)
        return False

    def _run(self, *command: str) -> "subprocess.Popen[bytes]":
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site without a process but Redis."""
    with ExitStack() as stack:
        site = Site(tmp_path, stack)
        site.serve_redis()
        yield site


def test_cameras_are_spread_and_taken_over(site: Site) -> None:
    """Two processes share four cameras; a killed one's go to the other within 10 s, and back."""
    first = site.role("camera")
    eventually(lambda: site.held(first) == [4])
    second = site.role("camera")
    eventually(lambda: site.held(first, second) == [2, 2])
    eventually(lambda: site.metric(first, "camera_up") == 2)

    second.kill()
    killed = Stopwatch()
    eventually(lambda: site.held(first) == [4])
    took_s = killed.machine_s()
    third = site.role("camera")
    eventually(lambda: site.held(first, third) == [2, 2])
    third.terminate()
    assert third.wait(PATIENCE_S) == 0
    ended = Stopwatch()
    eventually(lambda: site.held(first) == [4])
    assert ended.machine_s() < 2
    assert took_s < 10

    assert "sesame" not in site.log()


def test_workers_share_all_windows_and_a_killed_ones_are_taken_over(site: Site) -> None:
    """Of three workers two are killed holding claims: every window is scored, and once."""
    workers = [site.role("worker") for _ in range(3)]
    camera = site.role("camera")
    eventually(lambda: all(site.metric(each, "windows_scored_total") for each in workers))

    for victim in workers[:2]:
        eventually(lambda victim=victim: site.frozen_with_claims(victim))
        victim.kill()
        scored = len(site.scores())
        eventually(lambda scored=scored: len(site.scores()) > scored + 40)
    camera.terminate()
    camera.wait(PATIENCE_S)
    eventually(lambda: site.unscored() == 0)
    taken_over = site.metric(workers[2], "claims_taken_over_total")

    scores = site.scores()
    assert len(scores) == len(set(scores)) == site.windows() > 80
    assert taken_over >= 1
    assert site.metric(workers[2], "windows_dropped_total") == 0
    assert site.metric(workers[2], "windows_dead_total") == 0


def test_score_goes_through_the_workers(site: Site) -> None:
    """503 without a worker, the worker's score with one, 503 with Retry-After once it is dead."""
    site.role("api")
    refused = eventually(site.score)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    worker = site.role("worker")

    answer = eventually(lambda: (got := site.score()) and got.status_code == 200 and got)
    latencies = [site.score().elapsed.total_seconds() for _ in range(9)]  # type: ignore[union-attr] # served now
    worker.kill()
    killed = site.score()

    assert len(answer.json()["windows"]) == 1
    assert killed is not None
    assert (killed.status_code, killed.headers["retry-after"]) == (503, "1")
    print(f"median of 9 scores through the worker: {sorted(latencies)[4] * 1000:.0f} ms")
