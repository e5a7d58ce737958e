"""Makes a recorded decision once more, and says what differs. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from inference.alert_reports import Decision
from inference.camera_alerts import CameraAlerts
from inference.replay.journal import alerts_by
from inference.replay.record import (
    FORMAT,
    AllClosed,
    CuesAdded,
    DecisionRecord,
    Expired,
    JointsNamed,
    RecordedWindow,
    ScoreAdded,
    Step,
    digests_of,
)
from inference.types import Alert, AlertEvent, Kind
from tracker.types import Float32

# What another provider may add to a score, bits/dimension; the same one gives the same bits.
OTHER_PROVIDER = 1e-4
# Added after the rules, or by whoever publishes.
NOT_DECIDED = ("joints", "snoozed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """By what a decision is made now; see `DecisionRecord`."""

    model: str
    provider: str
    runtime: str
    software: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """What came of making a decision once more.

    Attributes:
        event: what the rules decide now; None: nothing.
        decided: whether that is what was recorded.
        largest_difference: between the recorded and the new scores of the windows, bits/dimension;
            None without windows.
        exact: everything is the same, bit for bit.
        differences: what differs, a sentence each.
    """

    event: AlertEvent | None
    decided: bool
    largest_difference: float | None
    differences: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether everything is the same, bit for bit."""
        return self.decided and not self.largest_difference and not self.differences

    @property
    def holds(self) -> bool:
        """Whether the same is decided, from scores that are the same but for another provider's."""
        return self.decided and (self.largest_difference or 0.0) <= OTHER_PROVIDER


def replay(
    record: DecisionRecord,
    score: Callable[[Float32], float | None],
    now: Ingredients,
) -> ReplayResult:
    """Score the windows and decide once more.

    Args:
        score: the nll of a window (T, 17, 3), bits/dimension; None: it is unscorable.
        now: by what this is done.

    Raises:
        ValueError: the record has another format, or its state is of another version of the rules.
    """
    if record.format != FORMAT:
        raise ValueError(f"the record has format {record.format}, not {FORMAT}")
    event = _decided(record)
    scores = [(each.nll, score(window_joints(each))) for each in record.windows]
    largest = max((_apart(was, is_now) for was, is_now in scores), default=None)
    found = [*_other_ingredients(record, now), *_changed(record)]
    if event is None:
        found.append("the rules decide nothing now")
    else:
        found += _other_fields(record.event, event)
    if largest is not None and largest > 0:
        found.append(f"scores differ by up to {largest:.3g} bits/dimension")
    return ReplayResult(
        event=event,
        decided=event is not None and not list(_other_fields(record.event, event)),
        largest_difference=largest,
        differences=tuple(found),
    )


def window_joints(window: RecordedWindow) -> Float32:
    """Return a recorded window's joints, float32 (T, 17, 3)."""
    return np.frombuffer(window.joints, "<f4").reshape(window.frames, -1, 3).astype(np.float32)


def _decided(record: DecisionRecord) -> AlertEvent | None:
    """Return what the rules make of the steps, of the alert's version that was recorded."""
    answers = iter(record.armed)

    def armed(_kind: Kind, _at: float) -> bool:
        return next(answers, True)

    alerts = alerts_by(record.rules, record.before, armed)
    wanted = record.event.alert
    found: AlertEvent | None = None
    for step in record.steps:
        for decision in take(alerts, step):
            alert = decision.event.alert
            if (alert.id, alert.version) == (wanted.id, wanted.version):
                found = decision.event
    return found


def take(alerts: CameraAlerts, step: Step) -> Sequence[Decision]:
    """Tell the rules what they were told; return what they decide."""
    match step:
        case ScoreAdded(score):
            return alerts.accept(score)
        case CuesAdded(frame):
            return alerts.add_cues(frame)
        case Expired(at, present):
            return alerts.expire(at, set(present))
        case AllClosed(at, for_good):
            return alerts.end(at) if for_good else alerts.close_all(at)
        case JointsNamed(alert, joints):
            alerts.name_joints(alert, joints)
            return []


def _apart(was: float, is_now: float | None) -> float:
    return float("inf") if is_now is None else abs(was - is_now)


def _other_ingredients(record: DecisionRecord, now: Ingredients) -> Iterator[str]:
    scored = [
        ("model", record.model[:12], now.model[:12]),
        ("execution provider", record.provider, now.provider),
        ("ONNX Runtime", record.runtime, now.runtime),
    ]
    # What closes because somebody is gone follows from no window.
    compared = [*(scored if record.windows else []), ("posewarden", record.software, now.software)]
    for name, was, is_now in compared:
        if was != is_now:
            yield f"{name} is {is_now or 'unknown'}, was {was or 'unknown'}"


def _changed(record: DecisionRecord) -> Iterator[str]:
    """Say which ingredients of the record are not those that were recorded."""
    present = digests_of(record)
    for name, known in record.digests.items():
        if present.get(name) != known:
            yield f"{name} in the record: SHA-256 {present.get(name, '')[:12]}, was {known[:12]}"


def _other_fields(was: AlertEvent, is_now: AlertEvent) -> Iterator[str]:
    if was.type != is_now.type:
        yield f"the change is {is_now.type}, was {was.type}"
    before, after = _fields(was.alert), _fields(is_now.alert)
    for name, value in before.items():
        if name not in NOT_DECIDED and value != after[name]:
            yield f"{name} is {after[name]!r}, was {value!r}"


def _fields(alert: Alert) -> dict[str, object]:
    return msgspec.structs.asdict(alert)
