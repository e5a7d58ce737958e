"""When a camera drifts, since when, and how it ends."""

import pytest
from support.drift_scenes import HOUR_S, USUAL, WEEK, Look, blocks, scenes

from inference.drift.hours import hours_of
from inference.drift.record import AS_EVER, DriftRecord
from inference.drift.state import Seen, accepted, judged, reason_of

BEFORE = WEEK - 14 * 24
CHANGE = WEEK + 48  # Wednesday, 0:00


def seen(last: int, look: Look = USUAL, *, change: int = CHANGE, first: int = BEFORE) -> Seen:
    """Return what is known at an hour, if people look otherwise from a change on."""
    until = min(last, change)
    found = [*scenes(first, until), *scenes(max(change, first), last, look)]
    rules = [*blocks(first, until), *blocks(max(change, first), last, look)]
    live_s = sum(each.live_s for each in found)
    return Seen(hours_of(found, rules), live_s / HOUR_S, last * HOUR_S)


def test_a_usual_week_is_no_drift() -> None:
    """Every hour of it."""
    record = AS_EVER
    for last in range(WEEK + 24, WEEK + 168, 36):
        record = judged(record, seen(last))
        assert record.state == "ok"

    assert {sign.sign for sign in record.signs} == {
        "p-values",
        "confidence",
        "height",
        "track-length",
        "scene",
    }


@pytest.mark.parametrize(
    ("look", "sign", "word"),
    [
        (Look(x=0.75, y=0.5), "scene", "where people stand"),
        (Look(height=0.15), "height", "how tall"),
        (Look(confidence=0.75), "confidence", "how surely"),
        (Look(length_s=12.0), "track-length", "how long"),
        (Look(movement=2.5), "p-values", "how unusual"),
    ],
)
def test_each_change_is_found_within_two_days(look: Look, sign: str, word: str) -> None:
    """By its own sign, and from when on it was so, to within half a day."""
    record = judged(AS_EVER, seen(CHANGE + 48, look))

    assert record.state == "drifting"
    assert [each.sign for each in record.signs if each.statistic >= each.limit] == [sign]
    assert word in reason_of(record)
    assert record.since == pytest.approx(CHANGE * HOUR_S, abs=18 * HOUR_S)


def test_a_night_that_is_otherwise_is_no_drift() -> None:
    """Hours are compared with those of the same part of the day."""
    found = []
    for day in range(-14, 6):
        begin = WEEK + 24 * day
        found += scenes(begin, begin + 18)
        found += scenes(begin + 18, begin + 24, Look(confidence=0.6, height=0.2))
    record = judged(AS_EVER, Seen(hours_of(found), 300.0, (WEEK + 144) * HOUR_S))

    assert record.state == "ok"


def test_hours_with_too_few_people_say_nothing() -> None:
    """One visitor an hour has no median to speak of."""
    found = scenes(WEEK, WEEK + 24)
    lonely = [each for each in found if each.number % 6 == 0]

    assert len(hours_of(found).numbers) == 16
    assert not len(hours_of(lonely).numbers)


def drifted() -> DriftRecord:
    """Return the record of a camera that was moved on Wednesday."""
    record = judged(AS_EVER, seen(CHANGE + 48, Look(x=0.8, y=0.4)))
    assert record.state == "drifting"
    return record


def test_a_drift_lasts_until_people_look_as_before() -> None:
    """Somebody moved the camera back: after a day the drift is over by itself."""
    record, moved = drifted(), Look(x=0.8, y=0.4)
    back_at = CHANGE + 72
    parts = [*scenes(BEFORE, CHANGE), *scenes(CHANGE, back_at, moved)]

    def later(hours: int) -> DriftRecord:
        found = [*parts, *scenes(back_at, back_at + hours)]
        return judged(record, Seen(hours_of(found), 400.0, (back_at + hours) * HOUR_S))

    assert later(8).state == "drifting"
    assert (later(48).state, later(48).since) == ("ok", None)


def test_an_accepted_scene_is_usual_once_there_is_enough_of_it() -> None:
    """Until then it is calibrated anew; what was before does not count any more."""
    moved = Look(x=0.8, y=0.4)
    record = accepted(drifted(), (CHANGE + 48) * HOUR_S)
    assert (record.state, record.counts_from) == ("recalibrating", record.since)

    begin = int(record.counts_from // HOUR_S)
    early = Seen(seen(CHANGE + 50, moved, first=begin).hours, 10.0, (CHANGE + 50) * HOUR_S)
    enough = seen(CHANGE + 96, moved, first=begin)

    assert judged(record, early).state == "recalibrating"
    done = judged(record, enough)
    assert (done.state, done.since, done.counts_from) == ("ok", None, record.counts_from)


def test_only_a_drift_can_be_accepted() -> None:
    """With what it is instead."""
    with pytest.raises(ValueError, match="it is ok; only a drift can be accepted"):
        accepted(AS_EVER, 1.0)
