"""`rates`: counts the alerts that ordinary people raise, and writes the rates into a model's card.

Everybody in the footage behaves ordinarily, so every alert is false. Beside the count, by kind, the
scores are kept that people reach for as long as an alert needs: how rare a score is follows.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.bench.events.command import shipped_rule
from export.bench.events.counting import per_hour
from export.bench.events.joint_shares import ordinary_shares, share_table
from export.bench.events.live_rule import LiveRule, Played, decide, score, send
from export.bench.events.ordinary_footage import CAPTURED, NO_FOOTAGE, Footage, footage
from export.bench.model_flag import add_model_flag
from export.onnx_export.card_file import rewrite_card
from inference.camera_alerts import CameraAlerts
from inference.card import KindRate, OrdinaryFootage
from inference.flow_onnx import OnnxFlow
from inference.hysteresis import Hysteresis
from inference.ports import FlowModel
from inference.types import MEASURED_KINDS, Kind
from tracker.errors import ConfigError

# Of one person the highest score counts in each stretch of so many seconds: one act, one count.
STRETCH_S = 10.0
# The tail is estimated from so many people's stretches that reach furthest.
TAIL_OF = 20
RANKS = (20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(slots=True)
class _Tally:
    """What was counted of one kind.

    Attributes:
        reached: the highest score of each person and stretch.
    """

    alerts: int = 0
    camera_s: float = 0.0
    person_s: float = 0.0
    reached: list[float] = field(default_factory=list)


def ordinary_rates(shown: Iterable[Footage], flow: FlowModel, rule: LiveRule) -> OrdinaryFootage:
    """Play ordinary footage before cameras without options; return what they make of it."""
    sources: dict[str, float] = defaultdict(float)
    tallies: dict[Kind, _Tally] = {kind: _Tally() for kind in MEASURED_KINDS}
    for each in shown:
        sources[each.source] += each.seconds / 3600
        seen = _Seen()
        sent = send(each.record, rule.windows)
        played = decide(each.record, sent, score(sent, flow), rule, watch=seen.watch)
        seen.add_movement(played, rule)
        for kind, tally in tallies.items():
            if kind == "fight" and each.source == CAPTURED:
                continue  # everybody is alone there
            tally.camera_s += each.seconds
            tally.person_s += each.person_seconds
            tally.alerts += sum(kind in {name for _, name in one.kinds} for one in played.alerts)
            tally.reached += seen.reached(kind, rule)
    return OrdinaryFootage(
        sources={name: round(hours, 4) for name, hours in sources.items()},
        kinds={kind: _rate(tally) for kind, tally in tallies.items()},
    )


class _Seen:
    """The scores of everybody in one footage, by kind and person."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Kind, int], list[tuple[float, float]]] = defaultdict(list)

    def watch(self, at: float, alerts: CameraAlerts) -> None:
        for number, scores in alerts.scores_now().items():
            for kind, value in scores.items():
                self._rows[kind, number].append((at, value))

    def add_movement(self, played: Played, rule: LiveRule) -> None:
        """Add what movement judged, smoothed as alerts smooth it."""
        states: dict[int, Hysteresis] = defaultdict(Hysteresis)
        for one, value in zip(played.scores, played.movement, strict=True):
            if value is not None:
                number = one.person.number
                smoothed = states[number].smooth(value, one.at, rule.alerts.smoothing_s)
                self._rows["movement", number].append((one.at, smoothed))

    def reached(self, kind: Kind, rule: LiveRule) -> list[float]:
        """Return the highest score in each stretch of each person that was held long enough."""
        found: list[float] = []
        for (known, _), rows in self._rows.items():
            if known == kind:
                at, values = np.array(rows).T
                found += _stretches(at, held(at, values, _holds_s(rule)[kind]))
        return found


def held(
    at: NDArray[np.float64], values: NDArray[np.float64], seconds: float
) -> NDArray[np.float64]:
    """Return the score that has been kept up for so many seconds at each time, (N,).

    Args:
        at: seconds, ascending, (N,).
        values: (N,).
    """
    kept = np.full(len(at), -np.inf)
    first = np.searchsorted(at, at - seconds - 1e-3)
    for row in np.flatnonzero(at - at[0] >= seconds - 1e-3):
        kept[row] = values[first[row] : row + 1].min()
    return kept


def _holds_s(rule: LiveRule) -> dict[Kind, float]:
    return {
        "movement": rule.alerts.minimum_s,
        "running": rule.kinds.run_rule.minimum_s,
        "fight": rule.kinds.fight.rule.minimum_s,
        "fall": rule.kinds.fall.confirm_s,
        "person_down": rule.kinds.person_down.after_s,
    }


def _stretches(at: NDArray[np.float64], kept: NDArray[np.float64]) -> list[float]:
    highest: dict[int, float] = {}
    for stretch, value in zip((at // STRETCH_S).astype(int).tolist(), kept.tolist(), strict=True):
        highest[stretch] = max(value, highest.get(stretch, -np.inf))
    return [value for value in highest.values() if np.isfinite(value)]


def _rate(tally: _Tally) -> KindRate:
    hours = tally.person_s / 3600
    reached = np.sort([value for value in tally.reached if value > 0])[::-1]
    ranks = [rank for rank in RANKS if rank < len(reached)]
    scores = {rank: round(float(reached[rank]), 4) for rank in reversed(ranks)}
    known = {value: rank for rank, value in scores.items()}  # of equal scores the lowest rank
    excess = float((reached[:TAIL_OF] - reached[TAIL_OF]).mean()) if ranks else 0.0
    return KindRate(
        alerts=tally.alerts,
        camera_hours=round(tally.camera_s / 3600, 4),
        person_hours=round(hours, 4),
        scores=tuple(known),
        per_hour=tuple(round(rank / hours, 4) for rank in known.values()),
        mean_excess=round(excess, 4),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab rates`."""
    add = parser.add_argument
    add_model_flag(parser)
    add("--poses", type=Path, help="folder of pose files in which everybody behaves ordinarily")
    add("--street", type=Path, help="vtest.avi: --poses is the folder that `bundle` keeps")
    add("--walkers", type=Path, help="one-by-one-person-detection.mp4, with --street")
    add("--capture", type=Path, help="CMU motion capture, with --street")
    add("--plays", type=int, default=0, help="simulated plays of daily life, 10 minutes each")
    add("--only-joints", action="store_true", help="measure the joints' shares, not the rates")
    add("--write", action="store_true", help="write what is found into the model's card")


def run(arguments: argparse.Namespace) -> None:
    """Print the table of rates; write it into the card where that is wanted.

    Raises:
        ConfigError: no footage is given, or the model has no threshold.
        BadPoses: poses cannot be read.
    """
    file = arguments.onnx
    flow = OnnxFlow(file)
    if arguments.only_joints:
        _joints_alone(arguments, file, flow)
        return
    found = ordinary_rates(footage(arguments), flow, shipped_rule(flow.card))
    if not sum(found.sources.values()):
        raise ConfigError(NO_FOOTAGE)
    print("\n".join(table(found)))
    if arguments.write:
        rewrite_card(file, lambda card: card.with_ordinary(found))
        print(f"written into the card of {file}")


def _joints_alone(arguments: argparse.Namespace, file: Path, flow: OnnxFlow) -> None:
    shares = ordinary_shares(footage(arguments), flow)
    print("\n".join(share_table(flow.card.joints, shares)))
    if arguments.write:
        rewrite_card(file, lambda card: card.with_joint_shares(shares))
        print(f"written into the card of {file}")


def table(found: OrdinaryFootage) -> Iterator[str]:
    """Yield the lines of a Markdown table, after those that name the footage."""
    for name, hours in found.sources.items():
        yield f"- {name}: {hours:.2f} h before cameras"
    yield ""
    yield "| kind | hours before cameras | of people | false alarms | a camera and day (95 %) |"
    yield "|---|---|---|---|---|"
    for kind, rate in found.kinds.items():
        daily = per_hour(rate.alerts, rate.camera_hours / 24)
        yield (
            f"| `{kind}` | {rate.camera_hours:.2f} | {rate.person_hours:.2f} | {rate.alerts} "
            f"| {daily['rate']} ({daily['low']}–{daily['high']}) |"
        )
