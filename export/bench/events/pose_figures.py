"""How well a pose set's events are found: what a threshold may cost, and the shipped rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.bench.events.counting import per_hour
from export.bench.events.cues import BASELINES, Cue, people
from export.bench.events.live_rule import AlertSeen, LiveRule, Played, decide, score, send
from export.bench.events.pose_sets import PoseSet
from export.bench.events.record import ClipRecord
from export.data.clips import Int64
from export.data.segments import Segments
from export.evaluation.metrics import CALM_S, FalseAlarms, Truth, measure, truth_of
from export.evaluation.protocols import Float64, FrameScores, ProtocolOptions, frame_scores
from inference.camera_alerts import CameraAlerts
from inference.ports import FlowModel

RATES_PER_HOUR = (2.0, 6.0, 20.0)
# Predicted and true event are one where they share so much of the time that either lasts.
F1_OVERLAP = 0.2


@dataclass(slots=True)
class _Values:
    """Scores of many clips: whose, at which frame, how high."""

    clip: list[int]
    person: list[int]
    frame: list[int]
    value: list[float]

    def add(self, clip: int, rows: Iterator[tuple[int, int, float]]) -> None:
        for person, frame, value in rows:
            self.clip.append(clip)
            self.person.append(person)
            self.frame.append(frame)
            self.value.append(value)


def pose_set_figures(poses: PoseSet, flow: FlowModel, rule: LiveRule) -> dict[str, Any]:
    """Return one pose set's row of the report."""
    truth = truth_of(poses.clips)
    flow_values, movement_values = _empty(), _empty()
    cue_values = {name: _empty() for name in BASELINES}
    alerts: list[Sequence[AlertSeen]] = []
    cameras: dict[str, CameraAlerts] = {}
    for index, labelled in enumerate(poses.clips):
        if labelled.scene not in cameras:
            cameras[labelled.scene] = _experienced(poses, labelled.scene, flow, rule)
        record = poses.record(labelled)
        played = _played(record, flow, rule, cameras[labelled.scene])
        alerts.append(played.alerts)
        flow_values.add(index, _rows(played, [one.nll for one in played.scores]))
        movement_values.add(index, _rows(played, played.movement))
        for name, cue in BASELINES.items():
            cue_values[name].add(index, _cue_rows(record, cue))
    smoothing_s, stride = rule.alerts.smoothing_s, rule.windows.stride
    flow_row = _swept(_frames(flow_values, poses, stride, smoothing_s), truth)
    hours = float((~truth.abnormal / truth.fps[truth.clip]).sum() / 3600)
    return {
        "clips": truth.scored_clips,
        "frames": len(truth.abnormal),
        "events": len(truth.events),
        "ordinary_hours": round(hours, 5),
        **flow_row,
        "movement": _swept(_frames(movement_values, poses, stride, smoothing_s), truth),
        "shipped_rule": _shipped(alerts, truth, hours),
        "baselines": {
            name: _swept(_frames(values, poses, 1, smoothing_s), truth)
            for name, values in cue_values.items()
        },
    }


def allowed_false_alarms(rate_per_hour: float, hours: float) -> int:
    """Return how many false alarms in the hours a rate allows."""
    return int(rate_per_hour * hours + 1e-9)


def event_f1(
    predicted: Sequence[tuple[int, int]], events: Sequence[tuple[int, int]], *, overlap: float
) -> float:
    """Return the F1 of predicted events, half-open frame ranges that no clip's end lies within.

    Each event is found by at most one prediction and each prediction finds at most one, the most
    alike first.
    """
    pairs = sorted(
        (
            (_shared(first, second), i, j)
            for i, first in enumerate(predicted)
            for j, second in enumerate(events)
        ),
        reverse=True,
    )
    used_predictions: set[int] = set()
    used_events: set[int] = set()
    for shared, i, j in pairs:
        if shared >= overlap and i not in used_predictions and j not in used_events:
            used_predictions.add(i)
            used_events.add(j)
    number = len(predicted) + len(events)
    return 2 * len(used_events) / number if number else 0.0


def _empty() -> _Values:
    return _Values([], [], [], [])


def _experienced(poses: PoseSet, scene: str, flow: FlowModel, rule: LiveRule) -> CameraAlerts:
    """Return a camera that has seen its ordinary life, where the rule learns from that."""
    camera = rule.camera()
    for labelled in poses.ordinary.get(scene, ()) if rule.ordinary is not None else ():
        _played(poses.record(labelled), flow, rule, camera)
    return camera


def _played(record: ClipRecord, flow: FlowModel, rule: LiveRule, camera: CameraAlerts) -> Played:
    sent = send(record, rule.windows)
    return decide(record, sent, score(sent, flow), rule, camera)


def _rows(played: Played, values: Sequence[float | None]) -> Iterator[tuple[int, int, float]]:
    for one, value in zip(played.scores, values, strict=True):
        if value is not None:
            yield one.person.number, one.last_seq, value


def _cue_rows(record: ClipRecord, cue: Cue) -> Iterator[tuple[int, int, float]]:
    for number, (at_s, joints) in people(record.frames).items():
        frames = np.rint((at_s - record.begin_at) * record.fps).astype(int).tolist()
        for frame, value in zip(frames, cue(at_s, joints).tolist(), strict=True):
            yield number, frame, value


def _frames(values: _Values, poses: PoseSet, stride: int, smoothing_s: float) -> FrameScores:
    """Bring people's values to frames, as a live system knows them."""
    last = np.array(values.frame, np.int64)
    none: Int64 = np.zeros(len(last), np.int64)
    segments = Segments(
        np.empty((0, 17, 3), np.float32), none, 1,
        np.array(values.clip, np.int64), np.array(values.person, np.int64), last, last,
    )  # fmt: skip
    options = ProtocolOptions(stride=stride, smoothing_s=smoothing_s)
    nll = np.array(values.value, np.float32)
    return frame_scores(segments, nll, poses.clips, "causal", options)


def _swept(scores: FrameScores, truth: Truth) -> dict[str, Any]:  # Any: JSON
    """Return the causal AUROC and what thresholds can reach."""
    number = len(truth.events)
    found = measure(scores, truth, [(k + 1) / number for k in range(number)])
    hours = float((~truth.abnormal / truth.fps[truth.clip]).sum() / 3600)
    steps = [one for one in found.false_alarms if one.threshold is not None]
    f1 = [_f1_at(scores.values, float(one.threshold or 0), truth) for one in steps]
    return {
        "auroc": {
            "all": _rounded(found.auroc.all),
            "covered": _rounded(found.auroc.covered),
            "coverage": round(found.coverage, 4),
        },
        "event_recall": [
            _recall_at(rate, steps, number, hours, found.normal_hours) for rate in RATES_PER_HOUR
        ],
        "event_f1_at_best_threshold": round(max(f1, default=0.0), 4),
    }


def _recall_at(
    rate: float, steps: Sequence[FalseAlarms], events: int, hours: float, normal_hours: float
) -> dict[str, Any]:  # Any: JSON
    allowed = allowed_false_alarms(rate, hours)
    within = [
        one.detected
        for one in steps
        if one.per_hour is not None and round(one.per_hour * normal_hours) <= allowed
    ]
    return {
        "per_hour": rate,
        "false_alarms": allowed,
        # A rate that allows less than one alarm in this footage cannot be told from none at all.
        "resolvable": allowed > 0,
        "recall": round(max(within, default=0) / events, 4) if events else None,
    }


def _f1_at(values: Float64, threshold: float, truth: Truth) -> float:
    """Return the F1 of the stretches in which somebody's score is at a threshold."""
    predicted: list[tuple[int, int]] = []
    high = np.flatnonzero(values >= threshold)
    for frame, clip in zip(high.tolist(), truth.clip[high].tolist(), strict=True):
        calm = round(CALM_S * truth.fps[clip])
        if predicted and frame - predicted[-1][1] < calm and predicted[-1][0] >= truth.bounds[clip]:
            predicted[-1] = (predicted[-1][0], frame + 1)
        else:
            predicted.append((frame, frame + 1))
    return event_f1(predicted, _pairs(truth.events), overlap=F1_OVERLAP)


def _shipped(
    alerts: Sequence[Sequence[AlertSeen]], truth: Truth, hours: float
) -> dict[str, Any]:  # Any: JSON
    """Return what the rule does at its own threshold."""
    events = _pairs(truth.events)
    opened: list[tuple[int, int]] = []
    lasting: list[tuple[int, int]] = []
    for clip, found in enumerate(alerts):
        begin, end, fps = int(truth.bounds[clip]), int(truth.bounds[clip + 1]), truth.fps[clip]
        for alert in found:
            first = min(begin + round(alert.opened_s * fps), end - 1)
            last = end if alert.closed_s is None else begin + round(alert.closed_s * fps)
            opened.append((first, clip))
            lasting.append((first, max(first + 1, min(last, end))))
    in_time = [_event_of(first, clip, events, truth) for first, clip in opened]
    false = sum(event is None for event in in_time)
    return {
        "found": len({event for event in in_time if event is not None}),
        "false_alarms": false,
        "false_alarms_per_hour": per_hour(false, hours),
        "event_f1": round(event_f1(lasting, events, overlap=F1_OVERLAP), 4),
    }


def _event_of(frame: int, clip: int, events: Sequence[tuple[int, int]], truth: Truth) -> int | None:
    """Return the event that an alert opened in, or within the calm after it."""
    calm = round(CALM_S * truth.fps[clip])
    for number, (begin, end) in enumerate(events):
        if begin <= frame < min(end + calm, int(truth.bounds[clip + 1])):
            return number
    return None


def _shared(first: tuple[int, int], second: tuple[int, int]) -> float:
    shared = max(0, min(first[1], second[1]) - max(first[0], second[0]))
    return shared / (first[1] - first[0] + second[1] - second[0] - shared)


def _pairs(ranges: Int64) -> list[tuple[int, int]]:
    return [(int(begin), int(end)) for begin, end in ranges.tolist()]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
