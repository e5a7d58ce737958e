"""What the trial of a model comes to: its alerts beside the live ones, over the same time. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.footage import LEAST_WATCHED
from inference.types import KINDS, Kind

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class AlertsOfTrial:
    """Alerts of one kind in the time that both models were watched.

    Attributes:
        live, shadow: how many opened, or would have opened.
        live_per_day, shadow_per_day: of one camera, on average; None before anything was watched.
    """

    kind: Kind
    live: int
    shadow: int
    live_per_day: float | None
    shadow_per_day: float | None


@dataclass(frozen=True, slots=True)
class TrialBlocks:
    """One camera's blocks since a trial began.

    Attributes:
        live, shadow: made by the scores of each model.
    """

    live: Sequence[Block]
    shadow: Sequence[Block]

    def pairs(self) -> list[tuple[Block, Block]]:
        """Return those that both made of nearly the whole time."""
        known = {each.number: each for each in self.live}
        found = ((known[each.number], each) for each in self.shadow if each.number in known)
        least_s = LEAST_WATCHED * BLOCK_S
        return [(a, b) for a, b in found if min(a.watched_s, b.watched_s) >= least_s]


def compared(cameras: Iterable[TrialBlocks]) -> tuple[float, list[AlertsOfTrial]]:
    """Return how many camera-days were compared, and the alerts in them, by kind."""
    pairs = [pair for each in cameras for pair in each.pairs()]
    days = len(pairs) * BLOCK_S / DAY_S
    live, shadow = _opened(a for a, _ in pairs), _opened(b for _, b in pairs)
    return days, [
        AlertsOfTrial(
            kind,
            live[kind],
            shadow[kind],
            live[kind] / days if days else None,
            shadow[kind] / days if days else None,
        )
        for kind in KINDS
        if live[kind] or shadow[kind]
    ]


def _opened(blocks: Iterable[Block]) -> Mapping[Kind, int]:
    found: dict[Kind, int] = dict.fromkeys(KINDS, 0)
    for block in blocks:
        for kind, number in block.opened.items():
            found[kind] += number
    return found
