"""Cuts what one camera's rules see into stretches of ten seconds of one person. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from inference.stretches.observer import RuleHeld
from inference.stretches.stretch import (
    LEAD_S,
    STRETCH_S,
    KindHeld,
    closeness,
    priority_of,
    stretch_id,
)
from inference.types import Kind, Score
from tracker.types import PersonId

# A stretch waits for the one after it: what rises there is one episode with it.
WAITS_S = STRETCH_S + 2.0
# A frame that is so much older than one before it: the clock was set back.
SET_BACK_S = 60.0
# Of one camera; somebody new beyond is not looked at.
MOST_OPEN = 256
# Of one stretch: a window at every second frame of a fast camera.
MOST_SCORES = 400


@dataclass(frozen=True, slots=True)
class JudgedScore:
    """A score, and the value that the rule compared; None: movement abstained."""

    score: Score
    value: float | None


@dataclass(slots=True, eq=False)
class OpenStretch:
    """A stretch that is not over.

    Attributes:
        scores: of the windows, oldest first; `leads` of them lie before the beginning.
        held: by kind the most that its rule held.
        alert: the open alert of the person.
        apart: False: the person's stretch before or after is nearer to an alert.
    """

    id: str
    person: PersonId
    begin_at: float
    priority: int
    scores: list[JudgedScore] = field(default_factory=list)
    leads: int = 0
    held: dict[Kind, KindHeld] = field(default_factory=dict)
    alert: str | None = None
    beside_alert: bool = False
    apart: bool = True

    @property
    def until(self) -> float:
        """Capture time of the last window."""
        return self.scores[-1].score.at

    def nearest_first(self) -> tuple[KindHeld, ...]:
        """Return what each kind's rule held at most."""
        return tuple(sorted(self.held.values(), key=lambda each: (-each.closeness, each.kind)))

    @property
    def closeness(self) -> float:
        """How near it came to an alert; see `KindHeld`."""
        return max((each.closeness for each in self.held.values()), default=0.0)

    @property
    def may_be_near_miss(self) -> bool:
        """Whether it came near an alert, and neither it nor what is around it became one."""
        near = bool(self.held) and not any(each.reached for each in self.held.values())
        return near and self.alert is None and not self.beside_alert and self.apart


class StretchCollector:
    """One camera's stretches that are not over.

    Args:
        seed: of the priorities by which samples are drawn.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._open: dict[tuple[str, int, int], OpenStretch] = {}
        self._at = float("-inf")
        self._set_back = False
        self._skipped = 0

    def judged(self, score: Score, value: float | None) -> None:
        """Add a score to its person's stretch."""
        self._at = max(self._at, score.at)
        stretch = self._stretch(score.person, score.at)
        if stretch is None or len(stretch.scores) >= MOST_SCORES:
            self._skipped += 1
            return
        stretch.scores.append(JudgedScore(score, value))

    def held(self, seen: RuleHeld, rarity: Callable[[float], float] | None) -> None:
        """Add what a rule holds to its person's stretch; without a score there is none."""
        stretch = self._open.get((seen.session, seen.number, _slot(seen.at)))
        if stretch is None:
            return
        known = stretch.held.get(seen.kind)
        if known is not None and known.score >= seen.value:
            return
        rare = None if rarity is None else rarity(seen.value)
        at_threshold = None if rarity is None else rarity(seen.threshold)
        near = closeness(seen.value, seen.threshold, (rare, at_threshold))
        stretch.held[seen.kind] = KindHeld(
            seen.kind, seen.value, seen.threshold, seen.at, rare, near
        )

    def alerted(self, person: str, alert: str, at: float) -> None:
        """Take note that an alert of a person is open, or changes, at this time."""
        _, session, number = person.rsplit("/", 2)
        for away in (-1, 0, 1):
            stretch = self._open.get((session, int(number), _slot(at) + away))
            if stretch is not None and away == 0:
                stretch.alert = alert
            elif stretch is not None:
                stretch.beside_alert = True

    def seen(self, at: float) -> None:
        """Take note of a frame's time; after the clock was set back, time goes on from there."""
        if at < self._at - SET_BACK_S:
            self._at, self._set_back = at, True
        self._at = max(self._at, at)

    def take_skipped(self) -> int:
        """Return how many scores found no room since the last call."""
        skipped, self._skipped = self._skipped, 0
        return skipped

    def open(self) -> Sequence[OpenStretch]:
        """Return all stretches that are not over."""
        return list(self._open.values())

    def over(self, *, everything: bool = False) -> Iterator[OpenStretch]:
        """Take out the stretches whose next one is over, too, oldest first.

        Args:
            everything: nothing more comes of this camera.
        """
        for key, stretch in list(self._open.items()):
            ahead = self._set_back and stretch.begin_at > self._at
            if everything or ahead or self._at >= stretch.begin_at + STRETCH_S + WAITS_S:
                self._compare(key, stretch)
                del self._open[key]
                yield stretch
        self._set_back = False

    def _compare(self, key: tuple[str, int, int], stretch: OpenStretch) -> None:
        """Let only the nearest of a person's stretches in a row be a near miss."""
        session, number, slot = key
        after = self._open.get((session, number, slot + 1))
        if after is None:
            return
        if after.alert is not None:
            stretch.beside_alert = True
        if after.closeness > stretch.closeness:
            stretch.apart = False
        else:
            after.apart = False

    def _stretch(self, person: PersonId, at: float) -> OpenStretch | None:
        slot = _slot(at)
        key = (person.session, person.number, slot)
        known = self._open.get(key)
        if known is not None or len(self._open) >= MOST_OPEN:
            return known
        begin_at = slot * STRETCH_S
        name = stretch_id(person, begin_at)
        begun = OpenStretch(name, person, begin_at, priority_of(self._seed, name))
        before = self._open.get((person.session, person.number, slot - 1))
        if before is not None:
            begun.scores = [each for each in before.scores if each.score.at >= begin_at - LEAD_S]
            begun.leads = len(begun.scores)
            begun.beside_alert = before.alert is not None
        self._open[key] = begun
        return begun


def _slot(at: float) -> int:
    return int(at // STRETCH_S)
