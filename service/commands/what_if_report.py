"""Says what other rules would have raised: as a JSON document, or as lines of text."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from inference.alert_reports import MOVEMENT_REASON
from inference.alert_rules import REASONS
from inference.calibration.promise import AlarmRate
from inference.calibration.sampled_rate import SampledRate
from inference.stretches.stretch import DAY_S
from inference.stretches.weights import Sample
from inference.stretches.what_if import Change, WhatIf
from inference.types import Kind
from service.ports.stretches import HourCount


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms that nobody judged true.

    Attributes:
        low, high: 95 % interval of `per_day`.
    """

    alarms: float
    per_day: float
    low: float
    high: float


class CameraRates(msgspec.Struct, frozen=True, kw_only=True):
    """One camera's rates, as they were and as they would have been.

    Attributes:
        days: that were watched.
    """

    camera: str
    days: float
    before: Rate
    after: Rate


class ShownChange(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that would appear or vanish.

    Attributes:
        id: of the alert, or of the stretch that would raise one.
        stands_for: for how many it stands; 1 unless it was drawn by chance.
    """

    change: Literal["appears", "vanishes"]
    at: float
    camera: str
    kind: Kind
    words: str
    score: float
    threshold: float
    id: str
    stands_for: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        since, until: UTC seconds.
        stretches: of ten seconds of one person, kept; seen: of how many.
        unrepresented: stretches for which none was kept: nothing is known of them.
        unknown: alerts whose windows are not there; they are taken as if they stayed.
        unsure: stretches of people of whom nobody knows where they stood; they stay.
    """

    since: float
    until: float
    cameras: list[CameraRates]
    changes: list[ShownChange]
    kept: int
    stretches: int
    seen: int
    unrepresented: int
    unknown: int
    unsure: int
    notes: list[str]


def report(
    found: WhatIf,
    sample: Sample,
    hours: Sequence[HourCount],
    judged_true: Collection[str],
    time: tuple[float, float],
    notes: Sequence[str],
) -> Report:
    """Put together what is to be said."""
    changes = [_shown("appears", each) for each in found.appear]
    changes += [_shown("vanishes", each) for each in found.vanish]
    return Report(
        since=time[0],
        until=time[1],
        cameras=list(_rates(found, sample, hours, judged_true)),
        changes=sorted(changes, key=lambda each: (each.at, each.id)),
        kept=len(found.kept),
        stretches=len(sample.stretches),
        seen=sample.seen,
        unrepresented=sample.unseen,
        unknown=len(found.unknown),
        unsure=found.unsure,
        notes=list(notes),
    )


def as_text(report: Report) -> Iterator[str]:
    """Yield the report's lines."""
    for each in report.changes:
        drawn = f"; drawn by chance, stands for {each.stands_for:.1f}" * (each.stands_for > 1)
        yield (
            f"{each.change:8}  {_time(each.at)}  {each.camera}  {each.kind}  {each.words}; "
            f"{each.score:.3g}, threshold {each.threshold:.3g}{drawn}  {each.id}"
        )
    counted = Counter(each.change for each in report.changes)
    yield (
        f"appear: {counted['appears']}; vanish: {counted['vanishes']}; stay: {report.kept}; "
        f"{_time(report.since)} to {_time(report.until)}"
    )
    for rates in report.cameras:
        yield (
            f"{rates.camera}: {_rate(rates.after)} alarms a day, were {_rate(rates.before)}; "
            f"watched {rates.days:.2f} days"
        )
    yield (
        f"{report.stretches} stretches of {report.seen} were kept: those near an alert and of "
        "alerts stand for themselves, the rest for the hour that they were drawn from; "
        "intervals of 95 % have that in them"
    )
    yield from _doubts(report)


def _doubts(report: Report) -> Iterator[str]:
    short = [each.camera for each in report.cameras if each.days < 1]
    if short:
        yield (
            f"less than a day was watched of {', '.join(short)}: alarms a day are a guess from so "
            "little; ask again after a day, better a week"
        )
    if report.unrepresented:
        yield f"nothing is known of {report.unrepresented} stretches: none of their hour was kept"
    if report.unknown:
        yield f"alerts whose windows are not there, taken as if they stayed: {report.unknown}"
    if report.unsure:
        yield f"stretches of people of whom nobody knows where they stood: {report.unsure}"
    yield from report.notes


def _rates(
    found: WhatIf, sample: Sample, hours: Sequence[HourCount], judged_true: Collection[str]
) -> Iterator[CameraRates]:
    watched_s: defaultdict[str, float] = defaultdict(float)
    for each in hours:
        watched_s[each.camera] += each.watched_s
    stay = Counter(each.camera for each in found.kept if each.id not in judged_true)
    gone = Counter(each.camera for each in found.vanish if each.id not in judged_true)
    for camera, seconds in sorted(watched_s.items()):
        if seconds <= 0:
            continue
        weights = [each.weight for each in found.appear if each.camera == camera]
        # Where rules only get stricter, nothing that was not kept can raise an alert.
        own = (
            each.weight
            for each in sample.stretches
            if each.stretch.camera == camera and camera in found.open_to_more
        )
        after = SampledRate([1.0] * stay[camera] + weights, seconds / DAY_S, max([1.0, *own]))
        yield CameraRates(
            camera=camera,
            days=seconds / DAY_S,
            before=_before(AlarmRate(stay[camera] + gone[camera], seconds / DAY_S)),
            after=_after(after),
        )


def _before(rate: AlarmRate) -> Rate:
    low, high = rate.interval() or (0.0, 0.0)
    return Rate(alarms=rate.alarms, per_day=rate.per_day or 0.0, low=low, high=high)


def _after(rate: SampledRate) -> Rate:
    low, high = rate.interval()
    return Rate(alarms=rate.events, per_day=rate.per_day, low=low, high=high)


def _shown(change: Literal["appears", "vanishes"], each: Change) -> ShownChange:
    return ShownChange(
        change=change,
        at=each.at,
        camera=each.camera,
        kind=each.kind,
        words=REASONS.get(each.kind, MOVEMENT_REASON if each.kind == "movement" else each.kind),
        score=each.score,
        threshold=each.threshold,
        id=each.id,
        stands_for=each.weight,
    )


def _rate(rate: Rate) -> str:
    return f"{rate.per_day:.2f} ({rate.low:.2f} to {rate.high:.2f})"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
