"""More cameras than the machine can carry."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.machine_clock import Stopwatch
from support.waiting import eventually

from export.bench.site.overload import measured
from export.bench.site.service import RunningService
from tracker.errors import ModelUnavailable
from tracker.weights.store import ModelStore

pytestmark = [pytest.mark.slow, pytest.mark.shared]
FRAMES = 16  # of the camera with fewest: fewer say little about shares
MODELS = Path.home() / ".cache" / "posewarden" / "models"


@pytest.fixture(autouse=True)
def _one_core() -> Iterator[None]:
    """Whatever the machine has, four cameras are more than one core of it can carry."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def test_the_rates_fall_evenly_and_the_delay_does_not_grow(shared: Path) -> None:
    """Three cameras share alike, one of twice the priority gets twice as much; all say so."""
    try:
        ModelStore([], MODELS).pull("blazepose")
    except ModelUnavailable as err:
        pytest.skip(str(err))
    video = shared / "data" / "video" / "vtest_480x360_10fps_795f.mp4"
    cameras = [
        {"name": f"c{number}", "source": f"{video}?loop=1", "priority": priority}
        for number, priority in enumerate((2, 1, 1, 1))
    ]
    with RunningService(cameras, site={"model_folders": [str(MODELS)]}) as service:
        eventually(lambda: all(each["overloaded"] for each in service.get("/cameras")))
        slowest_fps = eventually(lambda: min(each["fps"] for each in service.get("/cameras")))
        stopwatch = Stopwatch()
        figures = measured(service, max(8.0, FRAMES / slowest_fps))
        slowness = stopwatch.slowness()
        told = service.get("/cameras")

    assert all(each["state"] == "live" for each in told)
    assert all(each["notes"][-1].startswith("overloaded: looking at ") for each in told)
    assert all(each["fps"] < each["source_fps"] for each in told)
    assert figures["evenness"] >= 0.6
    assert all(row["skipped"] > 0 for row in figures["cameras"])
    assert max(figures["delay_ms"]) < 2000 * slowness
    assert figures["delay_ms"][-1] < 2 * figures["delay_ms"][0] + 300 * slowness
