"""The model card: what an ONNX file promises, written by export, checked before serving."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from inference.flow_input import CHANNELS
from tracker.errors import ModelMismatch
from tracker.limits import is_frame_rate

FORMAT_VERSION = 1
# ONNX metadata properties: the card as JSON, and the explaining graph, an ONNX file
# packed by zlib (its matrices hold few distinct numbers) and written as base64.
CARD_KEY = "posewarden.card"
MAP_GRAPH_KEY = "posewarden.map_graph"
INPUT_NAME, SCORE_NAME, MAP_NAME = "windows", "score", "map"
# One normal window in a hundred lies above; an alert needs a person to stay there.
THRESHOLD_QUANTILE = "0.99"

LONGEST_NAME = 200

# How much each joint's share of the score counts: all the same, or as much as it is sure.
Weighting: TypeAlias = Literal["none", "confidence"]


class KindRate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one kind of alert makes of ordinary footage, by the shipped rule.

    Attributes:
        alerts: all of them false.
        camera_hours: of the footage in which the kind can be seen.
        person_hours: the same, summed over the people.
        scores: which people reach for as long as an alert needs, in the kind's own measure,
            ascending; empty where too few were seen.
        per_hour: how often one person reaches each of them, descending.
        mean_excess: of those who reach the last one, above it: the tail is taken as exponential.
    """

    alerts: int
    camera_hours: float
    person_hours: float
    scores: tuple[float, ...] = ()
    per_hour: tuple[float, ...] = ()
    mean_excess: float = 0.0


class OrdinaryFootage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Footage in which nothing happens, and what the shipped rule makes of it.

    Attributes:
        sources: hours before cameras, by where they come from.
        kinds: by name.
    """

    sources: dict[str, float]
    kinds: dict[str, KindRate]


class ModelCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model file promises.

    Attributes:
        format_version: of this card; other versions are refused.
        name: of the model, for people.
        frames: T, poses in a window.
        fps: the rate of those poses.
        joints: names in the flow's order.
        normaliser: `inference.flow_input.NAME` of the code that made its training windows.
        prior_mean: R.
        data: what it was trained on, in words.
        licence: of the weights.
        weights_hash: SHA-256 over the weights, hexadecimal.
        parity: largest difference between torch and ONNX Runtime when exported, bits/dimension.
        quantiles: of normal people's scores, by level such as "0.99"; None if not calibrated.
        channels: C of its input: x and y, or these and the confidence.
        weighting: of the joints' shares.
        ordinary: how often ordinary people raise each kind of alert; None if it was not counted.
        joint_shares: each joint's share of ordinary people's scores, bits/dimension, in the order
            of `joints`: feet and heads always have more than hips. None if it was not measured.
    """

    format_version: int = FORMAT_VERSION
    name: str
    frames: int
    fps: float
    joints: tuple[str, ...]
    normaliser: str
    prior_mean: float
    data: str
    licence: str
    weights_hash: str
    parity: float
    quantiles: dict[str, float] | None = None
    channels: Literal[2, 3] = CHANNELS
    weighting: Weighting = "none"
    ordinary: OrdinaryFootage | None = None
    joint_shares: tuple[float, ...] | None = None

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Of one window as the flow takes it: (C, T, V)."""
        return self.channels, self.frames, len(self.joints)

    def with_ordinary(self, footage: OrdinaryFootage) -> "ModelCard":
        """Return the card with what the shipped rule makes of ordinary footage."""
        return msgspec.structs.replace(self, ordinary=footage)

    def with_joint_shares(self, shares: Sequence[float]) -> "ModelCard":
        """Return the card with what joints ordinarily have of a score."""
        return msgspec.structs.replace(self, joint_shares=tuple(shares))

    @property
    def threshold(self) -> float | None:
        """The default alarm threshold in bits/dimension; None when not calibrated."""
        return None if self.quantiles is None else self.quantiles[THRESHOLD_QUANTILE]


def read_card(text: str | None, *, file: str) -> ModelCard:
    """Parse the card found in a model file.

    Raises:
        ModelMismatch: there is none, or it is not of this version.
    """
    if text is None:
        raise ModelMismatch(
            f"{file} has no model card; make it with `posewarden-lab export --checkpoint FILE`"
        )
    try:
        card = msgspec.json.decode(text.encode(), type=ModelCard)
    except msgspec.MsgspecError as err:
        raise ModelMismatch(f"{file}: its model card does not read: {err}") from err
    if card.format_version != FORMAT_VERSION:
        raise ModelMismatch(
            f"{file}: card format {card.format_version}, this version reads {FORMAT_VERSION}; "
            "export the model again"
        )
    if card.joint_shares is not None and len(card.joint_shares) != len(card.joints):
        raise ModelMismatch(
            f"{file}: its card tells of {len(card.joint_shares)} joints' shares, "
            f"but of {len(card.joints)} joints; export the model again"
        )
    if not is_frame_rate(card.fps):
        raise ModelMismatch(f"{file}: its card tells of {card.fps:g} fps; export the model again")
    _check_name(card.name, file)
    if card.quantiles is not None:
        _check_quantiles(card.quantiles, file)
    return card


def _check_name(name: str, file: str) -> None:
    """Refuse a name that terminals and pages cannot show as it is."""
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ModelMismatch(
            f"{file}: its card's name {name[:40]!r} has {len(name)} characters; it may have "
            f"{LONGEST_NAME}, all of them printable"
        )


def _check_quantiles(quantiles: Mapping[str, float], file: str) -> None:
    """Refuse quantiles that thresholds cannot be taken from."""
    if THRESHOLD_QUANTILE not in quantiles:
        raise ModelMismatch(f"{file}: its card lacks the {THRESHOLD_QUANTILE} quantile")
    values = [quantiles[level] for level in sorted(quantiles, key=_level)]
    if not all(math.isfinite(value) for value in values) or values != sorted(values):
        raise ModelMismatch(f"{file}: its card's quantiles {values} do not rise; export it again")


def _level(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def write_card(card: ModelCard) -> str:
    """Return the card as JSON text."""
    return msgspec.json.encode(card).decode()
