"""What is recorded of one decision, so that it can be made once more. Pure."""

import hashlib
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from inference.alert_options import AlertOptions
from inference.kinds.watch import KindOptions
from inference.rarity import OrdinaryScores
from inference.types import AlertEvent, Kind, Score
from tracker.types import FrameCues
from tracker.zones.zone import CameraZones

FORMAT = 1


class ScoreAdded(msgspec.Struct, frozen=True, tag="score"):
    """A score that counted."""

    score: Score


class CuesAdded(msgspec.Struct, frozen=True, tag="cues"):
    """What a frame showed."""

    frame: FrameCues


class Expired(msgspec.Struct, frozen=True, tag="expired"):
    """It was looked for people who are gone."""

    at: float
    present: tuple[int, ...]


class AllClosed(msgspec.Struct, frozen=True, tag="all-closed"):
    """The camera was gone; `for_good`: nobody looks after it any more."""

    at: float | None
    for_good: bool


class JointsNamed(msgspec.Struct, frozen=True, tag="joints-named"):
    """What stood out was added to an open alert."""

    alert: str
    joints: tuple[str, ...]


Step: TypeAlias = ScoreAdded | CuesAdded | Expired | AllClosed | JointsNamed


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """By what it was decided.

    Attributes:
        threshold: bits/dimension, of movement, without a budget.
        thresholds: of kinds that follow a budget; snapshot: number of their calibration.
    """

    threshold: float
    options: AlertOptions
    kinds: KindOptions
    ordinary: OrdinaryScores | None
    zones: CameraZones
    thresholds: Mapping[Kind, float]
    snapshot: int

    @property
    def digest(self) -> str:
        """SHA-256 of all of it: equal where the same rules decided."""
        return hashlib.sha256(msgspec.msgpack.encode(self, order="sorted")).hexdigest()


class RecordedWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A window behind a score of the decision.

    Attributes:
        joints: float32 (T, 17, 3), little-endian, in C order.
        nll: the score that the worker computed, bits/dimension.
    """

    reference: str
    frames: int
    joints: bytes
    nll: float


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one version of an alert followed from; never changed, only added.

    Attributes:
        before: the camera's state before the steps, as `CameraAlerts.to_bytes` has it.
        armed: answers to whether a kind may begin, in the order of the questions.
        steps: what came since, the deciding one last.
        event: the change that was decided, as it left the rules.
        model, provider, runtime: SHA-256 of the weights, execution provider and version of ONNX
            Runtime by which the windows were scored.
        software: version of posewarden.
        windows: of the alert's person, among the steps.
        digests: SHA-256 of each ingredient as it was recorded; see `digests_of`.
    """

    event: AlertEvent
    before: bytes
    steps: tuple[Step, ...]
    armed: tuple[bool, ...]
    rules: Rules
    model: str
    provider: str
    runtime: str
    software: str
    windows: tuple[RecordedWindow, ...] = ()
    digests: Mapping[str, str] = {}
    format: int = FORMAT

    @property
    def name(self) -> str:
        """Which version of which alert it is of."""
        return f"{self.event.alert.id}-{self.event.alert.version}"


def digests_of(record: DecisionRecord) -> dict[str, str]:
    """Return the SHA-256 of what a record's decision followed from, by ingredient.

    A record that was damaged or changed says by these which ingredient is not as it was.
    """
    rules = record.rules
    parts: dict[str, object] = {
        "options": (rules.threshold, rules.options, rules.kinds, rules.ordinary),
        "calibration": (rules.thresholds, rules.snapshot),
        "zones": rules.zones,
        "state before": record.before,
        "steps": (record.steps, record.armed),
        "windows": record.windows,
    }
    return {
        name: hashlib.sha256(msgspec.msgpack.encode(part, order="sorted")).hexdigest()
        for name, part in parts.items()
    }
