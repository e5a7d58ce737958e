"""Which alerts other rules would have raised over what was recorded. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from inference.stretches.stretch import STRETCH_S, KindHeld, Stretch
from inference.stretches.weights import Sample, Weighted
from inference.types import Alert, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRules:
    """How it would be decided.

    Attributes:
        thresholds: by camera, of the kinds that are decided otherwise.
        movement: what movement's rule would have held in a stretch; None: as it was recorded.
        stays: whether a person may raise an alert where they stand then; None: nobody knows where.
    """

    thresholds: Mapping[str, Mapping[Kind, float]]
    movement: Callable[[Stretch], KindHeld | None] | None = None
    stays: Callable[[Stretch, float], bool | None] = lambda _stretch, _at: True


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An alert that would appear, or vanish.

    Attributes:
        at: UTC seconds.
        score, threshold: of the kind that decides, by the other rules.
        id: of the alert, or of the stretch.
        weight: for how many it stands.
    """

    camera: str
    at: float
    kind: Kind
    score: float
    threshold: float
    id: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What came of it.

    Attributes:
        kept: alerts that would be raised as they were.
        unknown: ids of alerts whose windows are not there: taken as if they stayed.
        unsure: how many of which nobody knows where the person stood; they stay.
        open_to_more: cameras of which what was not kept may raise alerts, too.
    """

    appear: Sequence[Change]
    vanish: Sequence[Change]
    kept: Sequence[Alert]
    unknown: Collection[str]
    unsure: int
    open_to_more: Collection[str] = ()


def what_if(sample: Sample, alerts: Iterable[Alert], rules: OtherRules) -> WhatIf:
    """Decide once more over stretches and alerts."""
    of_alerts: defaultdict[str, list[Stretch]] = defaultdict(list)
    judge = _Judge(rules)
    # In the order of time, whatever it is for: a camera's usual scores follow from it.
    judged = [(each, judge.held(each.stretch)) for each in sample.stretches]
    for each, _ in judged:
        if each.stretch.alert is not None:
            of_alerts[each.stretch.alert].append(each.stretch)
    vanish, kept, unknown = [], [], set()
    for alert in alerts:
        change, known = judge.vanished(alert, of_alerts[alert.id])
        unknown |= set() if known else {alert.id}
        if change is None:
            kept.append(alert)
        else:
            vanish.append(change)
    return WhatIf(
        appear=_episodes(judged, judge),
        vanish=vanish,
        kept=kept,
        unknown=unknown,
        unsure=judge.unsure,
        open_to_more={
            each.stretch.camera for each in sample.stretches if judge.eases(each.stretch)
        },
    )


class _Judge:
    def __init__(self, rules: OtherRules) -> None:
        self._rules = rules
        self._held: dict[str, dict[Kind, KindHeld]] = {}
        self._unsure: set[str] = set()

    @property
    def unsure(self) -> int:
        """In how many stretches nobody knows where the person stood."""
        return len(self._unsure)

    def held(self, stretch: Stretch) -> dict[Kind, KindHeld]:
        """Return what the rules would have held, by kind."""
        if stretch.id not in self._held:
            found = {each.kind: each for each in stretch.held}
            if self._rules.movement is not None:
                found.pop("movement", None)
                if (movement := self._rules.movement(stretch)) is not None:
                    found["movement"] = movement
            self._held[stretch.id] = found
        return self._held[stretch.id]

    def eases(self, stretch: Stretch) -> bool:
        """Tell whether what raised no alert in such a stretch may raise one now."""
        thresholds = self._rules.thresholds.get(stretch.camera, {})
        lower = any(thresholds.get(one.kind, one.threshold) < one.threshold for one in stretch.held)
        return self._rules.movement is not None or lower

    def fires(self, stretch: Stretch) -> Change | None:
        """Return the alert that the rules would raise in a stretch."""
        thresholds = self._rules.thresholds.get(stretch.camera, {})
        for kind, each in self.held(stretch).items():
            threshold = thresholds.get(kind, each.threshold)
            if each.score >= threshold and self._stays(stretch, each.at):
                return Change(
                    camera=stretch.camera,
                    at=each.at,
                    kind=kind,
                    score=each.score,
                    threshold=threshold,
                    id=stretch.id,
                )
        return None

    def vanished(self, alert: Alert, stretches: Sequence[Stretch]) -> tuple[Change | None, bool]:
        """Return the change if an alert would not be raised, and whether that could be told."""
        if any(self.fires(each) is not None for each in stretches):
            return None, True
        thresholds = self._rules.thresholds.get(alert.camera, {})
        changed = thresholds.keys() | ({"movement"} if self._rules.movement else set())
        others = [each for each in alert.kinds if each.kind not in changed]
        if not stretches or others:
            if self._rules.movement is not None and alert.kind == "movement" and not others:
                return None, False
            if self._still_fires(alert, thresholds, stretches):
                return None, bool(stretches) or not self._rules.movement
        return self._gone(alert, thresholds, stretches), True

    def _still_fires(
        self, alert: Alert, thresholds: Mapping[Kind, float], stretches: Sequence[Stretch]
    ) -> bool:
        """Tell whether its peaks are high enough, and its place is not left out."""
        if stretches and not any(self._stays(each, alert.opened_at) for each in stretches[:1]):
            return False
        return any(
            each.peak_score >= thresholds.get(each.kind, each.threshold) for each in alert.kinds
        )

    def _gone(
        self, alert: Alert, thresholds: Mapping[Kind, float], stretches: Sequence[Stretch]
    ) -> Change:
        found = [
            each for one in stretches for each in self.held(one).values() if each.kind == alert.kind
        ]
        score = max((each.score for each in found), default=alert.peak_score)
        return Change(
            camera=alert.camera,
            at=alert.opened_at,
            kind=alert.kind,
            score=score,
            threshold=thresholds.get(alert.kind, alert.threshold),
            id=alert.id,
        )

    def _stays(self, stretch: Stretch, at: float) -> bool:
        stays = self._rules.stays(stretch, at)
        if stays is None:
            self._unsure.add(stretch.id)
        return stays is not False


def _episodes(
    judged: Sequence[tuple[Weighted, dict[Kind, KindHeld]]], judge: _Judge
) -> list[Change]:
    """Return the alerts that would appear: one of stretches in a row, none beside an alert."""
    alerted = {
        (each.stretch.person, each.stretch.begin_at)
        for each, _ in judged
        if each.stretch.alert is not None
    }
    found: list[Change] = []
    fired: set[tuple[str, float]] = set()
    for each, _ in judged:
        stretch, place = each.stretch, (each.stretch.person, each.stretch.begin_at)
        around = {(stretch.person, stretch.begin_at + away * STRETCH_S) for away in (-1, 0, 1)}
        # What reached the threshold and was no alert belonged to somebody beside, or was disarmed.
        if around & alerted or any(one.reached for one in stretch.held):
            continue
        change = judge.fires(stretch)
        if change is None:
            continue
        fired.add(place)
        if (stretch.person, stretch.begin_at - STRETCH_S) not in fired:
            found.append(replace(change, weight=each.weight))
    return found
