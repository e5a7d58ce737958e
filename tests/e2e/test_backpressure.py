"""A worker that hangs stalls nobody, and what it missed is counted."""

import time

import pytest
from support.machine_clock import Stopwatch
from support.running_site import child
from support.waiting import eventually

from export.bench.site.readings import Reading, quantile_ms, read, since
from export.bench.site.service import RunningService

pytestmark = pytest.mark.slow

CAMERAS, FPS, MAX_AGE_S, HANGS_S = 3, 15, 2.0, 6.0
SITE = [{"name": f"c{n}", "source": f"sim:?people=5&fps={FPS}&seed={n}"} for n in range(CAMERAS)]


def test_a_hanging_worker_stalls_no_camera_and_recovers_at_once() -> None:
    """Cameras keep their rate; afterwards old windows are dropped by name and new ones in time."""
    with RunningService(SITE, site={"max_age_s": MAX_AGE_S}) as service:
        eventually(lambda: read(service).value("windows_scored_total") > 50)
        worker = eventually(lambda: child(service, "worker"))

        worker.suspend()
        stopped = read(service)
        stopwatch = Stopwatch()
        time.sleep(HANGS_S)
        hung = read(service)
        slowness = stopwatch.slowness()
        worker.resume()
        eventually(lambda: read(service).value("windows_scored_total") > _scored(hung) + 50)
        back = read(service)
        eventually(lambda: _scored(read(service)) > _scored(back) + 50)
        well = read(service)

    given = (hung.total("frames_total") - stopped.total("frames_total")) / CAMERAS
    assert given > 0.85 * FPS * (hung.at_s - stopped.at_s) / slowness
    assert _scored(hung) == _scored(stopped)
    dropped = well.by("windows_dropped_total", "reason")
    assert dropped["stale"] > 0.5 * CAMERAS * 5 * FPS / 3 * (HANGS_S - MAX_AGE_S) / slowness
    assert sum(dropped.values()) == dropped["stale"]
    ready = well.total("windows_total")
    accounted = _scored(well) + dropped["stale"] + well.total("windows_unscorable_total")
    assert abs(ready - accounted) < CAMERAS * 5 * FPS / 3  # a second's windows are on their way
    late = since(*(each.histogram("capture_to_score_seconds") for each in (back, well)))
    assert quantile_ms(late, 0.9) < 1000 * slowness


def _scored(reading: Reading) -> float:
    return reading.value("windows_scored_total")
