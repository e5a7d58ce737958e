"""`bench budget`: promises false alarms a day, and counts what is raised.

Simulated months are composed from a library of simulated people that is scored once; real people
are poses of public videos, half of which is held out.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from export.bench.budget.keeping import Kept, live
from export.bench.budget.library import Library, Play, event_plans, ordinary_plans
from export.bench.budget.library_flags import add_library_flags, library_of
from export.bench.budget.months import CameraLife, Living, drawn_life, with_events
from export.bench.budget.real import (
    LEVELS_PER_HOUR,
    RealClip,
    alarms_in,
    real_clips,
    splits,
    thresholds_for,
)
from export.bench.events.command import shipped_rule
from export.bench.model_flag import add_model_flag
from inference.calibration.calibrate import CalibrationOptions, KindLimits
from inference.calibration.promise import AlarmRate
from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from inference.rarity import alert_threshold, ordinary_scores_of
from inference.types import Kind
from tracker.errors import ConfigError

LEVELS = (0.1, 0.3, 1.0, 3.0, 10.0)
# Of the harder lives fewer cameras and one level are enough to see what happens.
HARDER = (1.0,)
CHANGED_AFTER_DAYS = 28
SHARES = (0.01, 0.05)
Row = dict[str, Any]  # Any: JSON


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `posewarden-lab bench budget` understands."""
    add = parser.add_argument
    add_model_flag(parser)
    add_library_flags(parser, plays=120, half_rate_plays=18)
    add("--event-plays", type=int, default=12, help="plays of falls, runs and fights (12)")
    add("--cameras", type=int, default=30, help="simulated cameras (default: 30)")
    add("--weeks", type=int, default=8, help="that each lives (default: 8)")
    add("--harder-cameras", type=int, default=8, help="cameras of harder lives (default: 8)")
    add("--hr-shanghaitech", type=Path, help="also on this folder of trajectories")
    add("--aihub", type=Path, help="also on this folder of AIHub's poses")
    add("--every", type=int, default=1, help="of HR-ShanghaiTech each so many-th video (1)")
    add("--splits", type=int, default=50, help="random halves of real people (default: 50)")
    add("--json", action="store_true", help="one JSON object instead of tables")


def run(arguments: argparse.Namespace) -> None:
    """Print the tables.

    Raises:
        ConfigError: the model is not calibrated, or a folder is not laid out like its set.
    """
    flow = OnnxFlow(arguments.onnx, provider="cpu")
    rule, limits = shipped_rule(flow.card), kind_limits(flow.card)
    found: dict[str, Any] = {"simulated": [], "real": []}
    if arguments.cameras:
        found["simulated"] = simulated(arguments, library_of(arguments, flow.card), limits)
    if arguments.hr_shanghaitech or arguments.aihub:
        clips = list(
            real_clips(
                flow,
                rule,
                hr_shanghaitech=arguments.hr_shanghaitech,
                aihub=arguments.aihub,
                every=arguments.every,
            )
        )
        found["real"] = list(real(clips, arguments.splits, limits))
    print(json.dumps(found) if arguments.json else "\n".join(table(found)))


def kind_limits(card: ModelCard) -> Mapping[Kind, KindLimits]:
    """Return what thresholds may be, as the service has it.

    Raises:
        ConfigError: the model is not calibrated.
    """
    threshold, ordinary = alert_threshold(card, 1.0), ordinary_scores_of(card)
    if threshold is None or card.threshold is None or ordinary is None:
        raise ConfigError(f"the model {card.name} has too few quantiles; export --calibrate it")
    physical = KindLimits(card=1.0, floor=1.0, ceiling=2.0)
    movement = KindLimits(threshold, card.threshold, 1e6, 0.5 * ordinary.card.spread)
    return {"movement": movement, "running": physical, "fight": physical, "fall": physical}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lives:
    """What becomes of some cameras.

    Attributes:
        changed: the life of each after `CHANGED_AFTER_DAYS`.
        judged: somebody judges each true alert.
    """

    name: str
    lives: Sequence[CameraLife]
    levels: Sequence[float] = HARDER
    options: CalibrationOptions | None = None
    changed: Sequence[CameraLife] = ()
    judged: bool = False


def simulated(
    arguments: argparse.Namespace, library: Library, limits: Mapping[Kind, KindLimits]
) -> list[Row]:
    """Return a row for each life and level."""
    jobs = arguments.jobs
    plays = library.plays(ordinary_plans(arguments.plays), jobs)
    events = library.plays(event_plans(arguments.event_plays), jobs)
    slow = library.plays(ordinary_plans(arguments.half_rate_plays, 0.5), jobs)
    usual = [drawn_life(plays, _rng(number)) for number in range(arguments.cameras)]
    few = usual[: arguments.harder_cameras]
    moved = [drawn_life(plays, _rng(1000 + number), life.visits) for number, life in enumerate(few)]
    # The same people before and after, at other rates.
    seeds = {play.seed for play in slow}
    whole = [replace(life, plays=[each for each in plays if each.seed in seeds]) for life in few]
    halved = [replace(life, plays=slow) for life in few]
    name = "half the frame rate after 28 days"
    all_lives = [
        _Lives(name="as ever", lives=usual, levels=LEVELS),
        *_contaminated(few, events),
        _Lives(name="moved after 28 days", lives=few, changed=moved),
        _Lives(name=name, lives=whole, changed=halved),
    ]
    return [row for those in all_lives for row in _lives(those, limits, arguments.weeks)]


def _contaminated(few: Sequence[CameraLife], events: Sequence[Play]) -> Iterator[_Lives]:
    """Yield lives with true events in them."""
    for share in SHARES:
        lives = [with_events(life, events, share) for life in few]
        for leave_out, judged in ((False, False), (True, False), (True, True)):
            defence = "with" if leave_out else "no"
            yield _Lives(
                name=f"{share:.0%} of blocks with events, {defence} defence{', judged' * judged}",
                lives=lives,
                options=CalibrationOptions(leave_out=leave_out),
                judged=judged,
            )


def _rng(number: int) -> np.random.Generator:
    return np.random.default_rng((7, number))


def _lives(those: _Lives, limits: Mapping[Kind, KindLimits], weeks: int) -> list[Row]:
    """Let cameras live; return a row for each level."""
    found: dict[float, list[Kept]] = {level: [] for level in those.levels}
    for number, life in enumerate(those.lives):
        after = {CHANGED_AFTER_DAYS: those.changed[number]} if those.changed else None
        living = Living(life, _rng(500 + number))
        for kept in live(living, those.levels, limits, weeks, those.options, after, those.judged):
            found[kept.promised].append(kept)
        done = f"{number + 1} of {len(those.lives)} cameras"
        print(f"\r{those.name}: {done}", end="", file=sys.stderr)
    print(file=sys.stderr)
    first = CHANGED_AFTER_DAYS // 7 if those.changed else 0
    return [_row(those.name, level, kept, first) for level, kept in found.items()]


def _row(name: str, level: float, kept: Sequence[Kept], first_week: int) -> Row:
    weeks = [week for each in kept for week in each.weeks if week.number >= first_week]
    alarms, days = sum(week.alarms for week in weeks), sum(week.days for week in weeks)
    begun = [each.first_day for each in kept if each.first_day is not None]
    events = sum(week.events for week in weeks)
    by_week = {
        number: sum(week.alarms for week in weeks if week.number == number)
        / max(sum(week.days for week in weeks if week.number == number), 1)
        for number in sorted({week.number for week in weeks})
    }
    return {
        "life": name,
        "promised_per_day": level,
        "camera_weeks": len(weeks),
        "raised_per_day": round(alarms / days, 3) if days else None,
        "interval": AlarmRate(alarms, days).interval(),
        "weeks_kept": sum(week.is_kept for week in weeks),
        "weeks_above": sum(not week.is_kept and week.alarms / week.days > level for week in weeks),
        "first_promise_day": [int(np.median(begun)), max(begun)] if begun else None,
        "events_found": sum(week.found for week in weeks) / events if events else None,
        "by_week": {str(number): round(value, 2) for number, value in by_week.items()},
    }


def real(
    clips: Sequence[RealClip], number: int, limits: Mapping[Kind, KindLimits]
) -> Iterator[Row]:
    """Yield a row for each set, way to split it and level."""
    for name in sorted({clip.camera.partition("-")[0] for clip in clips}):
        of_set = [clip for clip in clips if clip.camera.startswith(name)]
        by_card = alarms_in(of_set, {kind: each.card for kind, each in limits.items()})
        # AIHub has one clip of each camera.
        for by in ("video", "camera") if name == "hr" else ("camera",):
            rng = np.random.default_rng(5)
            halves = list(splits(of_set, by, number, rng))
            for level in LEVELS_PER_HOUR:
                counts = [
                    alarms_in(out, thresholds)
                    for given, out in halves
                    if (thresholds := thresholds_for(given, level, limits)) is not None
                ]
                yield _real_row(f"{name} by {by}", level, counts, by_card)


def _real_row(
    name: str, level: float, counts: Sequence[tuple[int, float]], by_card: tuple[int, float]
) -> Row:
    intervals = [AlarmRate(alarms, hours).interval() for alarms, hours in counts]
    return {
        "set": name,
        "promised_per_hour": level,
        "raised_per_hour": round(sum(a for a, _ in counts) / sum(h for _, h in counts), 2)
        if counts
        else None,
        "alarms": [alarms for alarms, _ in counts],
        "held_out_hours": [round(hours, 3) for _, hours in counts],
        "kept": sum(each is not None and each[0] <= level <= each[1] for each in intervals),
        "splits": len(counts),
        "by_the_cards_threshold_per_hour": round(by_card[0] / by_card[1], 1),
    }


def table(found: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield the lines of Markdown tables."""
    yield "| life | promised a day | raised (95 %) | weeks kept | above | events found |"
    yield "|---|---|---|---|---|---|"
    for row in found["simulated"]:
        low, high = row["interval"] or (0.0, 0.0)
        events = "–" if row["events_found"] is None else f"{row['events_found']:.0%}"
        yield (
            f"| {row['life']} | {row['promised_per_day']:g} | {row['raised_per_day']} "
            f"({low:.3f}–{high:.3f}) | {row['weeks_kept']} of {row['camera_weeks']} "
            f"| {row['weeks_above']} | {events} |"
        )
    yield ""
    yield "| real people | promised an hour | raised | halves kept | at the card's threshold |"
    yield "|---|---|---|---|---|"
    for row in found["real"]:
        yield (
            f"| {row['set']} | {row['promised_per_hour']:g} | {row['raised_per_hour']} "
            f"| {row['kept']} of {row['splits']} | {row['by_the_cards_threshold_per_hour']} |"
        )
