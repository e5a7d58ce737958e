"""`bench drift`: how often a calm camera is said to drift, and how soon a change is found.

Simulated weeks are composed from the library of `bench budget` and from what simulated people look
like before simulated cameras; real people are HR-ShanghaiTech's.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

from export.bench.budget.library import Play, ordinary_plans
from export.bench.budget.library_flags import add_library_flags, library_of
from export.bench.budget.months import drawn_life
from export.bench.drift.lives import Found, Scene, Weeks, chosen, delay, false_alarms, hour_of
from export.bench.drift.people import Mounting, Sight, mounting
from export.bench.drift.real import LEAST_UNITS, Footage, alarm_after, cameras, halves
from export.bench.drift.rules import shipped_rules
from export.bench.model_flag import add_model_flag
from inference.flow_onnx import OnnxFlow

CHANGED_AFTER_DAYS = 28
AFTER_DAYS = 14
DARKER = Sight(certainty=0.9)
BROKEN = Sight(length=0.5)
TURNED = Sight(right=0.2, down=-0.1)
ZOOMED = Sight(size=0.7)
Row = dict[str, Any]  # Any: JSON


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `posewarden-lab bench drift` understands."""
    add = parser.add_argument
    add_model_flag(parser)
    add_library_flags(parser, plays=50, half_rate_plays=6)
    add("--cameras", type=int, default=40, help="simulated cameras without change (40)")
    add("--weeks", type=int, default=8, help="that each lives (8)")
    add("--changed", type=int, default=20, help="simulated cameras of each change (20)")
    add("--hr-shanghaitech", type=Path, help="also on this folder of trajectories")
    add("--splits", type=int, default=20, help="random halves of each real camera (20)")
    add("--json", action="store_true", help="one JSON object instead of tables")


def run(arguments: argparse.Namespace) -> None:
    """Print the tables.

    Raises:
        ConfigError: the model is not calibrated, or a folder is not laid out like its set.
    """
    card = OnnxFlow(arguments.onnx, provider="cpu").card
    library = library_of(arguments, card)
    found: dict[str, Any] = {"unchanged": None, "changes": [], "real": None}
    if arguments.cameras or arguments.changed:
        plays = library.plays(ordinary_plans(arguments.plays), arguments.jobs)
        slow = library.plays(ordinary_plans(arguments.half_rate_plays, 0.5), arguments.jobs)
        places = [_mounting(number) for number in range(max(arguments.cameras, arguments.changed))]
        found["unchanged"] = unchanged(plays, places[: arguments.cameras], arguments.weeks)
        found["changes"] = list(changes(plays, slow, places[: arguments.changed]))
    if arguments.hr_shanghaitech:
        real = list(cameras(arguments.hr_shanghaitech, shipped_rules(card)))
        found["real"] = exchanged(real, arguments.splits)
    print(json.dumps(found) if arguments.json else "\n".join(table(found)))


def _mounting(number: int) -> Mounting:
    print(f"\r{number + 1} mountings simulated", end="", file=sys.stderr)
    return mounting(number)


def unchanged(plays: Sequence[Play], places: Sequence[Mounting], weeks: int) -> Row:
    """Return how many camera-weeks without change raise an alarm."""
    raised, signs, number = 0, dict[str, int](), 0
    for camera, place in enumerate(places):
        rng = np.random.default_rng((15, camera))
        lived = Weeks(Scene(drawn_life(plays, rng), place), rng)
        lived.live(weeks * 7)
        for alarms in false_alarms(lived.hours(), weeks):
            number, raised = number + 1, raised + bool(alarms)
            for sign in alarms:
                signs[sign] = signs.get(sign, 0) + 1
        done = f"{raised} of {number} weeks of {camera + 1} cameras raised an alarm"
        print(f"\r{done}", end="", file=sys.stderr)
    low, high = share_interval(raised, number)
    return {"camera_weeks": number, "raised": raised, "low": low, "high": high, "signs": signs}


def share_interval(some: int, of: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share (Clopper and Pearson)."""
    if not of:
        return 0.0, 1.0
    low = 0.0 if some == 0 else float(beta.ppf(0.025, some, of - some + 1))
    high = 1.0 if some == of else float(beta.ppf(0.975, some + 1, of - some))
    return low, high


def changes(
    plays: Sequence[Play], slow: Sequence[Play], places: Sequence[Mounting]
) -> Iterator[Row]:
    """Yield a row for each change."""
    seeds = {play.seed for play in slow}
    whole = [play for play in plays if play.seed in seeds]
    scenes = [
        Scene(drawn_life(plays, np.random.default_rng((16, camera))), place)
        for camera, place in enumerate(places)
    ]
    pairs: Mapping[str, list[tuple[Scene, Scene]]] = {
        "turned: everybody stands a fifth of the picture aside, a tenth higher": [
            (scene, replace(scene, sight=TURNED)) for scene in scenes
        ],
        "zoomed: people are 0.7 times as tall": [
            (scene, replace(scene, sight=ZOOMED)) for scene in scenes
        ],
        "other people before another mounting of the simulator": [
            (scene, replace(scene, people=scenes[(number + 1) % len(scenes)].people))
            for number, scene in enumerate(scenes)
        ],
        "darker: confidence falls by a tenth": [
            (scene, replace(scene, sight=DARKER)) for scene in scenes
        ],
        "tracks half as long": [(scene, replace(scene, sight=BROKEN)) for scene in scenes],
        "half the frame rate": [
            (
                replace(scene, life=replace(scene.life, plays=whole)),
                replace(scene, life=replace(scene.life, plays=slow)),
            )
            for scene in scenes
        ],
    }
    for name, both in pairs.items():
        found = [_changed(number, *pair) for number, pair in enumerate(both)]
        print(f"\r{name}", file=sys.stderr)
        yield _row(name, found)


def _changed(number: int, before: Scene, after: Scene) -> Found:
    lived = Weeks(before, np.random.default_rng((17, number)))
    lived.live(CHANGED_AFTER_DAYS)
    lived.live(AFTER_DAYS, after)
    return delay(lived.hours(), hour_of(CHANGED_AFTER_DAYS))


def _row(name: str, found: Sequence[Found]) -> Row:
    hours = sorted(each.hours for each in found if each.hours is not None)
    return {
        "change": name,
        "cameras": len(found),
        "found": len(hours),
        "median_h": hours[len(hours) // 2] if hours else None,
        "longest_h": hours[-1] if hours else None,
        "begun_off_h": float(np.median([e.off for e in found if e.hours is not None]))
        if hours
        else None,
        "first_signs": chosen(found),
    }


def exchanged(real: Sequence[Footage], splits: int) -> Row:
    """Return how often halves of one camera, and of two, are said to differ."""
    rng = np.random.default_rng(18)
    usable = [each for each in real if _long_enough(each, rng)]
    same: list[int | None] = []
    others: list[int | None] = []
    for footage in usable:
        for _ in range(splits):
            before, after = halves(footage, rng)
            same.append(alarm_after(before, after))
            other = usable[int(rng.integers(len(usable)))]
            if other is not footage:
                others.append(alarm_after(before, halves(other, rng)[1]))
    found = sorted(each for each in others if each is not None)
    raised = sum(each is not None for each in same)
    return {
        "cameras": len(usable),
        "stretches": sum(len(rows) for each in usable for rows in each.videos),
        "same": len(same),
        "same_raised": raised,
        "same_interval": share_interval(raised, len(same)),
        "others": len(others),
        "others_found": len(found),
        "median_stretches": found[len(found) // 2] if found else None,
    }


def _long_enough(footage: Footage, rng: np.random.Generator) -> bool:
    return all(len(half) >= LEAST_UNITS for half in halves(footage, rng))


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of Markdown tables."""
    if (calm := found["unchanged"]) is not None:
        yield (
            f"{calm['raised']} of {calm['camera_weeks']} camera-weeks without change raised an "
            f"alarm (95 %: {calm['low']:.2%} to {calm['high']:.2%}), by sign {calm['signs']}"
        )
        yield ""
    yield "| change | found | median h | longest h | drift said to begin, h after | first sign |"
    yield "|---|---|---|---|---|---|"
    for row in found["changes"]:
        yield (
            f"| {row['change']} | {row['found']} of {row['cameras']} | {row['median_h']} "
            f"| {row['longest_h']} | {row['begun_off_h']} | {row['first_signs']} |"
        )
    if (real := found["real"]) is not None:
        low, high = real["same_interval"]
        yield ""
        yield (
            f"real: {real['same_raised']} of {real['same']} halves of one camera "
            f"({low:.1%} to {high:.1%}), {real['others_found']} of {real['others']} exchanged, "
            f"after {real['median_stretches']} stretches of 30 s (median); "
            f"{real['cameras']} cameras, {real['stretches']} stretches"
        )
