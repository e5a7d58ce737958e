"""What alerts a simulated camera must raise: its play, scored and decided without any process."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from export.bench.events.live_rule import LiveRule, Played, decide, score, send
from export.bench.events.record import ClipRecord, FrameRecord
from inference.flow_onnx import OnnxFlow
from inference.kinds.watch import KindOptions
from service.config.load import load
from tracker.options import WindowOptions
from tracker.simulator.source import Recording, Simulation, simulate
from tracker.tracking.carried import CarriedIds
from tracker.types import NO_BOXES, Float32, Frame, Pose

# From the beginning of a fall to the end of its alert, at most: falling, lying, rising.
LASTS_S = 13.5
SURE_S = 3.0
# What a lost frame, or the rounding of a capture time, takes from a fall's score is far less.
HARDER = 1.1


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody falls; in seconds of the play.

    Attributes:
        opened_s, closed_s: of the alert that this raises where nothing disturbs it; infinite if
            the rule misses it.
        alerts: how many it raises where nothing disturbs it: somebody who rises in an odd way may
            raise another.
        clear: it raises one in time by a rule that asks for more, too.
    """

    begin_s: float
    opened_s: float = math.inf
    closed_s: float = math.inf
    alerts: int = 1
    clear: bool = True

    @property
    def sure(self) -> bool:
        """Whether the alert opens early and clearly, so that a lost frame changes nothing."""
        return self.clear and self.opened_s - self.begin_s <= SURE_S


def decide_offline(plan: Simulation, seconds: float, threshold: float) -> list[Expected]:
    """Return what happens in a play, with the alerts that it raises where nothing disturbs it.

    Raises:
        AssertionError: it raises alerts that belong to nothing.
    """
    recording = simulate(plan, seconds)
    card, record = _flow().card, _record(plan, recording)
    rule = LiveRule(threshold, WindowOptions(frames=card.frames, fps=card.fps))
    harder = replace(rule, kinds=KindOptions(thresholds={"fall": HARDER}))
    sent = send(record, rule.windows)
    scores = score(sent, _flow())
    spans, clear = (_spans(decide(record, sent, scores, each)) for each in (rule, harder))
    told = [_told(Expected(each.start_s), spans) for each in recording.episodes]
    assert len(spans) == sum(each.alerts for each in told if each.opened_s < math.inf)
    return [replace(each, clear=_told(each, clear).sure) for each in told]


def _spans(played: Played) -> list[tuple[float, float]]:
    """Return when each alert opened and closed, in seconds of the play."""
    return [(alert.opened_s, alert.closed_s or alert.opened_s + LASTS_S) for alert in played.alerts]


def _told(event: Expected, spans: Sequence[tuple[float, float]]) -> Expected:
    ours = [span for span in spans if 0 <= span[0] - event.begin_s < LASTS_S]
    return Expected(event.begin_s, *ours[0], alerts=len(ours)) if ours else Expected(event.begin_s)


def _record(plan: Simulation, recording: Recording) -> ClipRecord:
    """Return the play as the camera process would record it; it begins with second 0."""
    frames = []
    for seq, (at, people) in enumerate(zip(recording.at_s, recording.joints, strict=True)):
        poses = tuple(
            Pose(joints, _box(joints), number) for number, joints in enumerate(people, start=1)
        )
        frame = Frame("yard", "play", seq, float(at), plan.width, plan.height, poses=poses)
        tracks = tuple(CarriedIds().update(frame, poses))
        frames.append(FrameRecord(seq, frame.at, {}, NO_BOXES, poses, {}, tracks))
    return ClipRecord(0.0, plan.fps, plan.width, plan.height, (), tuple(frames))


def _box(joints: Float32) -> Float32:
    """Return the box that a simulated source draws around a body."""
    low, high = joints[:, :2].min(axis=0), joints[:, :2].max(axis=0)
    margin = 0.05 * (high - low)
    return np.concatenate([low - margin, high + margin])


@cache
def _flow() -> OnnxFlow:
    return OnnxFlow(load(None).model_path, provider="cpu")
