"""`bench examples`: draws a hit, a miss, a quiet moment and a false alarm of simulated people.

The clips that detection is judged on may not be published; these stick figures may. Which play
shows what is found by playing them in turn, not chosen.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import cv2
import numpy as np

from export.bench.events.command import shipped_rule
from export.bench.events.counting import LATEST_S
from export.bench.events.live_rule import LiveRule, Played, play
from export.bench.events.record import ClipRecord
from export.bench.events.simulated import simulated_record
from export.bench.model_flag import add_model_flag
from export.extraction.draw import BONES
from inference.flow_onnx import OnnxFlow
from inference.ports import FlowModel
from tracker.errors import ConfigError
from tracker.simulator.crowd import Episode, Event
from tracker.simulator.source import Simulation
from tracker.types import Float32, Image

PLAYS, MOMENTS, TILE_PX = 200, 8, 130
_HEAD_PX = 24
_FALL_AT_S, _PLAY_S, _DAILY_S = 8.0, 20.0, 60.0
_INK, _ALARM = (60, 60, 60), (40, 40, 220)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A few moments of one person, and what came of them.

    Attributes:
        alert_s: when an alert opened; None: never.
    """

    title: str
    record: ClipRecord
    person: int
    begin_s: float
    end_s: float
    alert_s: float | None


def falls(flow: FlowModel, rule: LiveRule) -> Iterator[Example]:
    """Yield one simulated fall a play, found or missed."""
    for seed in count():
        events = (Event("fall", _FALL_AT_S),)
        record, (fall,) = simulated_record(Simulation(people=1, seed=seed, events=events), _PLAY_S)
        alert_s = _alert_of(play(record, flow, rule), fall)
        title = "fall, not found" if alert_s is None else "fall, found"
        end_s = fall.end_s + 1.5 if alert_s is None else max(alert_s, fall.end_s)
        yield Example(title, record, 1, fall.start_s - 0.3, end_s, alert_s)


def ordinary(flow: FlowModel, rule: LiveRule) -> Iterator[Example]:
    """Yield a play of daily life each, with its first alert if there is one."""
    for seed in count():
        record, _ = simulated_record(Simulation(people=1, seed=seed, daily=1.0), _DAILY_S)
        alerts = play(record, flow, rule).alerts
        if not alerts:
            low_s = _lowest_s(record)
            yield Example("daily life, no alert", record, 1, low_s - 2.0, low_s + 0.5, None)
            continue
        opened_s = alerts[0].opened_s
        kinds = ", ".join(kind for _, kind in alerts[0].kinds)
        title = f"daily life, false alarm ({kinds})"
        yield Example(title, record, 1, opened_s - 2.5, opened_s, opened_s)


def drawn(example: Example) -> Image:
    """Draw one example as a row of stick figures on white; red from the alert on."""
    times_s = np.linspace(max(example.begin_s, 0.0), example.end_s, MOMENTS)
    bodies = [_body_at(example, time_s) for time_s in times_s.tolist()]
    size_px = max(float(np.ptp(body[:, :2], axis=0).max()) for body in bodies)
    row = np.full((_HEAD_PX + TILE_PX, MOMENTS * TILE_PX, 3), 255, np.uint8)
    _text(row, example.title, (6, 16))
    for number, (time_s, body) in enumerate(zip(times_s.tolist(), bodies, strict=True)):
        alarmed = example.alert_s is not None and time_s >= example.alert_s - 1e-6
        scale = 0.8 * TILE_PX / size_px
        middle_px = float(body[:, 0].min() + body[:, 0].max()) / 2
        points = (body[:, :2] - (middle_px, float(body[:, 1].max()))) * scale
        points += ((number + 0.5) * TILE_PX, _HEAD_PX + 0.86 * TILE_PX)
        _figure(row, points, _ALARM if alarmed else _INK)
        _text(row, f"{time_s - times_s[0]:.1f} s", (number * TILE_PX + 44, len(row) - 4))
    return row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `posewarden-lab bench examples` understands."""
    parser.add_argument("--out", type=Path, required=True, help="the picture, a PNG")
    add_model_flag(parser)


def run(arguments: argparse.Namespace) -> None:
    """Write the picture.

    Raises:
        ConfigError: it cannot be written.
    """
    flow = OnnxFlow(arguments.onnx)
    rule = shipped_rule(flow.card)
    searched = {
        "fall, found": falls,
        "fall, not found": falls,
        "daily life, no alert": ordinary,
        "daily life, false alarm": ordinary,
    }
    rows = []
    for title, plays in searched.items():
        found = _first(plays, title, flow, rule)
        rows += [] if found is None else [drawn(found)]
        if found is None:
            print(f"{title}: in none of {PLAYS} plays")
    if not cv2.imwrite(str(arguments.out), np.vstack(rows)):
        raise ConfigError(f"--out {arguments.out} cannot be written; its folder must be there")
    print(arguments.out)


def _first(
    plays: Callable[[FlowModel, LiveRule], Iterator[Example]],
    title: str,
    flow: FlowModel,
    rule: LiveRule,
) -> Example | None:
    shown = islice(plays(flow, rule), PLAYS)
    return next((one for one in shown if one.title.startswith(title)), None)


def _alert_of(played: Played, fall: Episode) -> float | None:
    ends_s = fall.end_s + LATEST_S
    times_s = (alert.opened_s for alert in played.alerts)
    return next((at_s for at_s in times_s if fall.start_s <= at_s <= ends_s), None)


def _lowest_s(record: ClipRecord) -> float:
    """Return when the person is at their lowest: sitting, bending or lying."""
    own = [(frame.at, frame.tracks[0].pose.joints) for frame in record.frames if frame.tracks]
    at, _ = min(own, key=lambda seen: float(np.ptp(seen[1][:, 1]) / np.ptp(own[0][1][:, 1])))
    return record.time_s(at)


def _body_at(example: Example, time_s: float) -> Float32:
    frame = min(example.record.frames, key=lambda one: abs(example.record.time_s(one.at) - time_s))
    return next(t.pose.joints for t in frame.tracks if t.person.number == example.person)


def _figure(row: Image, points: np.ndarray, colour: tuple[int, int, int]) -> None:
    whole = np.rint(points).astype(int).tolist()
    for first, second in BONES:
        cv2.line(row, whole[first], whole[second], colour, 2, cv2.LINE_AA)


def _text(row: Image, text: str, at: tuple[int, int]) -> None:
    cv2.putText(row, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
