"""Whether a window's score depends on the camera's rate, by how poses reach the model's grid.

One motion is shown at many rates: simulated people computed at 120 frames a second and thinned out
(the estimator errs anew in every frame), reference poses and films thinned out. The windows end at
the same moments at every rate, so that their scores can be compared one by one.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.bench.interpolation import CANDIDATES, Candidate, Float64, Stretch, grid_s, scores_of
from export.bench.interpolation import stretches as stretches_of
from export.bench.vision.domain import BUNDLED, add_reference_arguments, tracked_clip
from export.bench.vision.video import store_of
from export.data.clips import Clip
from export.data.poses import read_folders
from inference.flow_onnx import OnnxFlow
from inference.ports import FlowModel
from tracker.options import WindowOptions
from tracker.simulator.crowd import Event
from tracker.simulator.source import Simulation, simulate

SIMULATED_FPS = 120.0
RATES_FPS = (30.0, 25.0, 15.0, 12.5, 10.0)  # the first is what the others are compared with
THINNED = (1, 2, 3)  # of the reference poses every, every second, every third
FILM_THINNED = (1, 2)
ALIKE = 0.02
JITTER = 0.2  # of a frame's interval, either way
DROPPED = 0.1  # of the frames
EVENTS = (Event("fall", 6.0), Event("run", 10.0), Event("fight", 12.0))
GAPLESS = WindowOptions(bridge_frames=0, bridge_s=0.0)


def simulated(seeds: Sequence[int], seconds: float, noise: float) -> list[Stretch]:
    """Return simulated people at 120 frames a second; odd seeds fall, run and fight."""
    found = []
    for seed in seeds:
        events = EVENTS if seed % 2 else ()
        plan = Simulation(people=4, fps=SIMULATED_FPS, seed=seed, noise=noise, events=events)
        record = simulate(plan, seconds)
        found += [Stretch(record.at_s, joints) for joints in record.joints.swapaxes(0, 1)]
    return found


def thinned(stretch: Stretch, fps: float) -> Stretch:
    """Keep the frames that a camera of that rate would have taken, with their true times."""
    wanted_s = np.arange(stretch.at_s[0], stretch.at_s[-1] + 1e-9, 1 / fps)
    return _nearest(stretch, wanted_s)


def disturbed(stretch: Stretch, fps: float, chance: np.random.Generator) -> Stretch:
    """Thin out as a bad camera would: every frame too early or too late, every tenth lost."""
    wanted_s = np.arange(stretch.at_s[0], stretch.at_s[-1] + 1e-9, 1 / fps)
    shifts_s = chance.uniform(-JITTER, JITTER, len(wanted_s)) / fps
    kept = chance.random(len(wanted_s)) >= DROPPED
    kept[[0, -1]], shifts_s[[0, -1]] = True, 0.0
    return _nearest(stretch, (wanted_s + shifts_s)[kept])


def compared(
    versions: Mapping[str, Sequence[Stretch]], flow: FlowModel, candidate: Candidate
) -> dict[str, Float64]:
    """Score each version's windows on one grid; return the scores of windows that all have.

    Args:
        versions: the same people in the same order; the first version gives the grid.
    """
    found: dict[str, list[Float64]] = {name: [np.empty(0)] for name in versions}
    for people in zip(*versions.values(), strict=True):
        ends_s = min(float(one.at_s[-1]) for one in people)
        ticks_s = grid_s(people[0], flow.card.fps)
        ticks_s = ticks_s[ticks_s <= ends_s]
        for name, one in zip(versions, people, strict=True):
            found[name].append(scores_of(candidate(one.at_s, one.joints, ticks_s), flow))
    scores = {name: np.concatenate(parts) for name, parts in found.items()}
    known = np.isfinite(list(scores.values())).all(axis=0)
    return {name: nll[known] for name, nll in scores.items()}


def differences(scores: Mapping[str, Float64]) -> dict[str, Any]:  # part of a JSON report
    """Summarise how far the versions' scores lie apart, in per cent.

    Returns:
        by version its difference from the first one: median with its sign, and the 95 % quantile
        of its size; of the spread (largest less smallest, over the median) median, 95 and 99 %
        quantile; and the share of windows whose spread is at most 2 %.
    """
    names = list(scores)
    first = scores[names[0]]
    table = np.stack(list(scores.values()))
    spread = np.ptp(table, axis=0) / np.median(table, axis=0)
    by_version = {}
    for name in names[1:]:
        off = (scores[name] - first) / first
        by_version[name] = [_percent(np.median(off)), _percent(np.quantile(np.abs(off), 0.95))]
    return {
        "windows": len(first),
        "by_version": by_version,
        "spread": [_percent(np.quantile(spread, level)) for level in (0.5, 0.95, 0.99)],
        "alike": _percent((spread <= ALIKE).mean()),
    }


def bench_rates(
    people: Sequence[Stretch], clips: Sequence[Clip], films: Sequence[Clip], flow: FlowModel
) -> list[dict[str, Any]]:  # rows of a JSON report
    """Return one row for each material and candidate."""
    rates = {f"{fps:g} fps": [thinned(one, fps) for one in people] for fps in RATES_FPS}
    chance = np.random.default_rng(0)
    bad = {
        fps: {
            f"{fps:g} fps": rates[f"{fps:g} fps"],
            "jittered, dropped": [disturbed(one, fps, chance) for one in people],
        }
        for fps in (30.0, 15.0, 10.0)
    }
    materials = {"simulated": rates, "reference": _thin(clips, THINNED)}
    if films:
        materials["filmed"] = _thin(films, FILM_THINNED)
    materials |= {f"simulated, bad {fps:g} fps": versions for fps, versions in bad.items()}
    return [
        {"people": material, "resampled": name, **differences(compared(versions, flow, way))}
        for material, versions in materials.items()
        for name, way in CANDIDATES.items()
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `posewarden-lab bench rates` understands."""
    add = parser.add_argument
    add("--model", type=Path, default=BUNDLED, help="the .onnx file that judges")
    add("--seeds", type=int, nargs="+", default=list(range(101, 107)), help="simulated crowds")
    add("--seconds", type=float, default=20.0, help="length of each crowd")
    add("--noise", type=float, default=1.0, help="the simulated estimator's errors; 0 none")
    add_reference_arguments(parser)
    add("--video", type=Path, nargs="*", default=[], help="films, thinned out too")
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--json", action="store_true", help="one JSON object instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Print the table."""
    flow = OnnxFlow(arguments.model)
    clips = read_folders([arguments.poses], arguments.poses_fps)
    people = simulated(arguments.seeds, arguments.seconds, arguments.noise)
    store = store_of(arguments)
    films = [tracked_clip(video, store) for video in arguments.video]
    rows = bench_rates(people, clips, films, flow)
    if arguments.json:
        print(json.dumps({"model": flow.card.name, "rows": rows}))
        return
    print("| people | resampled | windows | median difference (95 %) by rate, % |", end="")
    print(" spread 50 / 95 / 99 %, % | within 2 % |\n|---|---|---|---|---|---|")
    for row in rows:
        parts = [f"{name} {off:+g} ({far:g})" for name, (off, far) in row["by_version"].items()]
        spread = " / ".join(f"{value:g}" for value in row["spread"])
        cells = [row["people"], row["resampled"], str(row["windows"]), ", ".join(parts), spread]
        print(f"| {' | '.join(cells)} | {row['alike']:g} % |")


def _nearest(stretch: Stretch, wanted_s: Float64) -> Stretch:
    """Take the frames nearest to given times, each once."""
    rows: NDArray[np.int64] = np.unique(np.round((wanted_s - stretch.at_s[0]) * SIMULATED_FPS))
    rows = np.clip(rows.astype(np.int64), 0, len(stretch.at_s) - 1)
    return Stretch(stretch.at_s[rows], stretch.joints[rows])


def _thin(clips: Sequence[Clip], steps: Sequence[int]) -> dict[str, list[Stretch]]:
    """Keep every first, second … pose of what lasts two seconds or more without a gap."""
    whole = [
        stretch
        for clip in clips
        for person in clip.people.values()
        for stretch in stretches_of(person, clip.fps, GAPLESS)
        if len(stretch.at_s) >= 2 * clip.fps
    ]
    return {
        f"{clips[0].fps / step:g} fps": [Stretch(s.at_s[::step], s.joints[::step]) for s in whole]
        for step in steps
    }


def _percent(part: float) -> float:
    return round(100 * float(part), 2)
