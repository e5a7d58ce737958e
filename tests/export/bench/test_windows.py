import json

import numpy as np
import pytest

from export.bench.windows import simulated_clips, windows_one_by_one
from export.cli import main
from export.data.segments import published_segments
from inference.flow_input import normalize


@pytest.mark.parametrize(("frames", "stride"), [(24, 1), (16, 6)])
def test_both_ways_give_the_same_windows(frames: int, stride: int) -> None:
    """What is compared is the same work: as many windows, with the same numbers, gaps and all."""
    clips = simulated_clips(2_000, seed=1)
    every = [np.diff(person.frames) for clip in clips for person in clip.people.values()]
    assert max(steps.max() for steps in every) > 1

    windows = np.concatenate([windows_one_by_one(clip, frames, stride) for clip in clips])

    segments = published_segments(clips, frames, stride)
    assert len(windows) == len(segments) > 0
    np.testing.assert_allclose(windows, normalize(segments.joints()), rtol=0, atol=2e-5)


def test_the_bench_tells_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """Every way has a rate, and the ratio says what it is a ratio of."""
    assert main(["bench", "windows", "--poses=3000", "--compared=500", "--rounds=1", "--json"]) == 0

    figures = json.loads(capsys.readouterr().out)
    assert (figures["poses"], figures["compared"]) == (3000, 500)
    ways = ("two_threads", "one_thread", "cut_alone", "one_by_one", "read")
    assert all(figures[f"{way}_poses_per_s"] > 0 for way in ways)
    assert figures["windows"] > 1000


def test_the_clips_hold_as_many_poses_as_asked_for() -> None:
    """Simulated clips end exactly at the number."""
    clips = simulated_clips(12_345, seed=0)

    assert sum(len(p.frames) for clip in clips for p in clip.people.values()) == 12_345


def test_senseless_sizes_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to measure is told, not measured."""
    assert main(["bench", "windows", "--poses=0"]) == 1
    assert "--poses is 0" in capsys.readouterr().err
