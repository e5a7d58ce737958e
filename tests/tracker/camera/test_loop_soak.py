"""Cameras that are lost again and again; `make soak-cameras` runs this a thousand times over."""

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from support.rtsp import Encode, RtspServer, StartRtsp

from tracker.camera.dependencies import CameraDependencies
from tracker.camera.loop import run_camera_loop
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.options import WindowOptions
from tracker.ports import StatusStore, WindowStore
from tracker.sources.source_url import open_source
from tracker.tracking.carried import CarriedIds, CarriedPoses
from tracker.types import CameraStatus, FrameCues, FrameView, Samples

CAMERAS = ("h264-1", "h264-2", "h265-1", "h265-2")
RECONNECTS = int(os.environ.get("SOAK_RECONNECTS", "16"))
FREEZE_EVERY = 5  # so many outages are one where the server first falls silent for a while
BACK_WITHIN_S = 60.0
WARM_UP = 0.2  # the first part of the run: caches of the allocator and of FFmpeg fill up
MAY_GROW_MB = 6.0


@dataclass(frozen=True)
class Footprint:
    """What this process holds while all cameras are live."""

    rss_mb: float
    threads: int
    files: int

    @classmethod
    def now(cls) -> "Footprint":
        """Look into /proc."""
        lines = dict(
            line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines()
        )
        files = len(list(Path("/proc/self/fd").iterdir()))
        return cls(int(lines["VmRSS"].split()[0]) / 1024, int(lines["Threads"]), files)


class Newest(WindowStore, StatusStore):
    """Keeps each camera's newest frame time."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def push(
        self,
        view: FrameView,
        samples: Sequence[Samples],
        cues: FrameCues | None = None,  # noqa: ARG002 -- the port's
    ) -> int:
        self.at[view.camera] = view.at
        return len(samples)

    def report(self, status: CameraStatus) -> None:
        """Nobody asks."""

    def wait_for_frames_since(self, at: float) -> None:
        """Wait until every camera has shown a frame that was captured after this moment."""
        end_s = time.monotonic() + BACK_WITHIN_S
        while min((self.at.get(name, 0.0) for name in CAMERAS), default=0.0) <= at:
            assert time.monotonic() < end_s, f"no frame since {at}: {self.at}"
            time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.timeout(900 + 60 * RECONNECTS)
def test_reconnecting_for_ever_costs_nothing(rtsp: StartRtsp, encoded: Encode) -> None:
    """However often a server is killed and frozen, memory, threads and sockets stay the same."""
    server = rtsp({name: encoded(name.partition("-")[0]) for name in CAMERAS})
    stop, seen, tally = threading.Event(), Newest(), InMemoryTelemetry()
    watchers = [
        threading.Thread(
            target=run_camera_loop, args=(name, _parts(name, server, seen, tally, stop), stop)
        )
        for name in CAMERAS
    ]
    for watcher in watchers:
        watcher.start()
    try:
        seen.wait_for_frames_since(0.0)
        footprints, worst_s = _soak(server, seen, RECONNECTS // len(CAMERAS))
    finally:
        stop.set()
        for watcher in watchers:
            watcher.join(60)

    reconnects = sum(
        tally.value("camera_reconnects_total", camera=name, reason=reason)
        for name in CAMERAS
        for reason in ("closed", "refused", "timeout", "unreachable", "broken", "dns", "hanging")
    )
    print(f"{reconnects:.0f} reconnects; frames back after the server at most {worst_s:.1f} s")
    assert reconnects >= RECONNECTS
    assert not [each for each in threading.enumerate() if each.name.startswith("decode-")]
    settled = footprints[int(len(footprints) * WARM_UP) :]
    parts = np.array_split(np.array([each.rss_mb for each in settled]), 3)
    assert np.median(parts[-1]) - np.median(parts[0]) < MAY_GROW_MB
    assert max(each.threads for each in settled) <= footprints[0].threads + len(CAMERAS)
    assert settled[-1].files <= footprints[0].files


def _soak(server: RtspServer, seen: Newest, outages: int) -> tuple[list[Footprint], float]:
    """Take the server away again and again; return what was held each time all were back."""
    footprints, worst_s = [Footprint.now()], 0.0
    print("\noutages   RSS MB  threads  files")
    for number in range(1, outages + 1):
        if number % FREEZE_EVERY == 0:
            server.freeze()
            time.sleep(4)
        server.kill()
        # Long enough to be noticed: a server that answers all the time is returned to ever more
        # rarely while its streams break off.
        time.sleep(1.2)
        server.start()
        back_at = time.time()
        seen.wait_for_frames_since(back_at)
        worst_s = max(worst_s, time.time() - back_at)
        footprints.append(Footprint.now())
        if number % max(outages // 20, 1) == 0:
            last = footprints[-1]
            print(f"{number:7}  {last.rss_mb:7.1f}  {last.threads:7}  {last.files:5}", flush=True)
    return footprints, worst_s


def _parts(
    name: str, server: RtspServer, seen: Newest, tally: InMemoryTelemetry, stop: threading.Event
) -> CameraDependencies:
    return CameraDependencies(
        source=open_source(name, server.url(name), stop=stop, telemetry=tally),
        estimator=CarriedPoses(),
        make_tracker=lambda _session: CarriedIds(),
        windows=WindowOptions(),
        window_store=seen,
        status_store=seen,
        telemetry=tally,
    )
