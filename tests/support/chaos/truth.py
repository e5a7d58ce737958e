"""What alerts a simulated camera must raise: its play, scored and decided without any process."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from inference.camera_alerts import CameraAlerts
from inference.eligibility import endpoints
from inference.flow_onnx import OnnxFlow
from inference.person_alert import AlertOptions
from inference.scoring import score_windows
from inference.types import Score
from service.config.load import load
from tracker.options import WindowOptions
from tracker.resampling import Resampler
from tracker.simulator.source import Recording, Simulation, simulate
from tracker.tracking.carried import CarriedIds
from tracker.types import Float32, Frame, Pose, Window

BATCH = 256
# From the beginning of a fall to the end of its alert, at most: falling, lying, rising.
LASTS_S = 13.5
SURE_S = 3.0


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody falls; in seconds of the play.

    Attributes:
        opened_s, closed_s: of the alert that this raises where nothing disturbs it; infinite if
            the model misses it.
    """

    begin_s: float
    opened_s: float = math.inf
    closed_s: float = math.inf

    @property
    def sure(self) -> bool:
        """Whether the alert opens well within the fall, so that a lost frame changes nothing."""
        return self.opened_s - self.begin_s <= SURE_S


def decide_offline(plan: Simulation, seconds: float, threshold: float) -> list[Expected]:
    """Return what happens in a play, with the alerts that it raises where nothing disturbs it.

    Raises:
        AssertionError: it raises alerts that belong to nothing, or several for one event.
    """
    recording = simulate(plan, seconds)
    alerts = CameraAlerts(threshold, AlertOptions())
    spans: dict[str, tuple[float, float]] = {}
    for score in _scores(recording):
        for decision in alerts.add(score):
            alert = decision.event.alert
            spans[alert.id] = (alert.opened_at, alert.closed_at or alert.opened_at + LASTS_S)
    found = [_told(Expected(each.start_s), spans) for each in recording.episodes]
    assert len(spans) == sum(each.opened_s < math.inf for each in found)
    return found


def _told(event: Expected, spans: Mapping[str, tuple[float, float]]) -> Expected:
    ours = [span for span in spans.values() if 0 <= span[0] - event.begin_s < LASTS_S]
    return Expected(event.begin_s, *ours[0]) if ours else event


def _scores(recording: Recording) -> list[Score]:
    flow = _flow()
    windows = list(_windows(recording))
    found: list[Score] = []
    for begin in range(0, len(windows), BATCH):
        part = windows[begin : begin + BATCH]
        results = score_windows(flow, np.stack([each.joints for each in part]))
        ends = endpoints(part, fps=flow.card.fps)
        found += [
            Score(w.person, w.last_seq, w.at, nll, why, start, end, "offline", "0-0")
            for w, (nll, why), (start, end) in zip(part, results, ends, strict=True)
        ]
    return found


def _windows(recording: Recording) -> Iterator[Window]:
    """Yield the windows that a camera would put on the road, in its order."""
    card = _flow().card
    grid = Resampler(WindowOptions(frames=card.frames, fps=card.fps))
    box = np.zeros(4, np.float32)
    rings: dict[int, list[Float32]] = {}
    for seq, (at, people) in enumerate(zip(recording.at_s, recording.joints, strict=True)):
        poses = [Pose(joints, box, number) for number, joints in enumerate(people, start=1)]
        frame = Frame("yard", "play", seq, float(at), 1, 1, poses=tuple(poses))
        for sample in grid.advance(seq, frame.at, CarriedIds().update(frame, poses)):
            ring = rings.setdefault(sample.person.number, [])
            ring += list(sample.joints)
            del ring[: -card.frames]
            if sample.due and len(ring) == card.frames:
                yield Window(sample.person, seq, frame.at, np.stack(ring))


@cache
def _flow() -> OnnxFlow:
    return OnnxFlow(load(None).model_path, provider="cpu")
