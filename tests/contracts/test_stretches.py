"""Stretches in the archive, over every database."""

from dataclasses import replace

import numpy as np
import pytest
from support.archives import Archive, alert, carry
from support.stores import Stores
from support.stretches import DAY, stretch

from inference.stretches.stretch import HIGHEST_PRIORITY, Stretch
from inference.types import Position, Score
from service.adapters.database.keeper import DatabaseArchiveKeeper
from service.adapters.database.stretches import DatabaseStretches
from service.archive.stretch_dependencies import StretchRecorderDependencies
from service.archive.stretch_queue import StretchQueue
from service.archive.stretch_recorder import StretchRecorder
from service.ports.stretches import HourCount, KeptStretch, NearFilter, StretchBounds
from tracker.types import FrameView, PersonId, Samples

BOUNDS = StretchBounds(per_hour=2, near_misses=2, of_alerts=2)
HOUR_S = 3600.0


@pytest.fixture
def stretches(archive: Archive) -> DatabaseStretches:
    """The archive's stretches."""
    return DatabaseStretches(archive.database)


def kept(one: Stretch, *, sampled: bool = False, near: bool = False) -> KeptStretch:
    """A stretch that is kept for this."""
    return KeptStretch(stretch=one, sampled=sampled, near=near)


def names(stretches: DatabaseStretches) -> set[int]:
    """The track numbers of all that is kept of the day."""
    found = stretches.every(DAY, DAY + 86_400)
    return {int(each.stretch.person.rpartition("/")[2]) for each in found}


def test_an_hours_sample_is_the_lowest_priorities_in_whatever_order_they_come(
    stretches: DatabaseStretches,
) -> None:
    """Those pushed out go; another hour or camera has a sample of its own."""
    rows = {1: 50, 2: 10, 3: 40, 4: 20}
    for number, priority in rows.items():
        stretches.put([kept(stretch(number, priority=priority), sampled=True)], BOUNDS)
    later = stretch(5, DAY + HOUR_S, priority=90)
    elsewhere = stretch(6, camera="yard", priority=90)
    stretches.put([kept(later, sampled=True), kept(elsewhere, sampled=True)], BOUNDS)

    assert names(stretches) == {2, 4, 5, 6}
    assert stretches.bars("gate", later.hour - 1, later.day, BOUNDS).priority == 20
    assert stretches.bars("gate", later.hour, later.day, BOUNDS).priority == HIGHEST_PRIORITY


def test_a_days_near_misses_are_the_nearest(stretches: DatabaseStretches) -> None:
    """What is labelled stays, though nearer ones come; what an hour's sample keeps, stays too."""
    for number, score in enumerate((1.0, 1.2, 1.4), 1):
        stretches.put([kept(stretch(number, score=score), near=True)], BOUNDS)
    assert [each.track for each in stretches.near_misses(NearFilter())] == [3, 2]

    lowest = stretches.near_misses(NearFilter())[-1]
    stretches.label(lowest.id, "true", "ann", 5.0)
    for number, score in ((4, 1.6), (5, 1.8)):
        both = kept(stretch(number, score=score), near=True, sampled=True)
        stretches.put([both], BOUNDS)
    found = stretches.near_misses(NearFilter())

    assert [each.track for each in found] == [5, 4, 2]
    assert (found[-1].label, found[-1].label_by, found[-1].label_at) == ("true", "ann", 5.0)
    assert names(stretches) == {2, 4, 5}
    assert stretches.bars("gate", 0, int(DAY // 86_400), BOUNDS).closeness == 0.8


def test_an_episodes_stretches_are_those_of_its_alert_and_its_person(
    stretches: DatabaseStretches,
) -> None:
    """Also by another number of the same person's track; none of other times, people, cameras."""
    rows = [
        stretch(1, DAY),
        stretch(1, DAY + 10, alert="a"),
        stretch(2, DAY + 20, alert="a"),
        stretch(1, DAY + 90),
        stretch(3, DAY + 10),
        stretch(1, DAY + 10, camera="yard"),
    ]
    stretches.put([kept(each, sampled=True) for each in rows], StretchBounds(per_hour=9))

    found = stretches.of_episode("a", "gate", rows[0].person, DAY + 1, DAY + 30)

    assert [each.id for each in found] == [each.id for each in rows[:3]]


def test_near_misses_are_found_by_camera_time_and_label(stretches: DatabaseStretches) -> None:
    """The newest day first."""
    rows = [stretch(1), stretch(2, DAY + 86_400), stretch(3, camera="yard")]
    stretches.put([kept(each, near=True) for each in rows], BOUNDS)
    stretches.label(rows[0].id, "false", "ann", 1.0)

    def found(**wanted: object) -> list[int]:
        return [each.track for each in stretches.near_misses(NearFilter(**wanted))]  # type: ignore[arg-type]

    assert found()[0] == 2
    assert found(cameras=("yard",)) == [3]
    assert found(since=DAY + 86_400) == [2]
    assert found(until=DAY + 86_400, cameras=("gate",)) == [1]
    assert found(labels=("false", "true")) == [1]
    assert found(limit=1) == [2]


def test_what_is_kept_comes_back_to_the_last_bit(stretches: DatabaseStretches) -> None:
    """Windows, scores and poses; twice written it counts once."""
    one = stretch(1, DAY, 0.1, 0.7, 0.30000000000000004)
    for _ in range(2):
        stretches.put([kept(one, near=True, sampled=True)], BOUNDS)
    found = stretches.get(one.id)

    assert found is not None
    assert found[1] == one
    assert list(stretches.every(DAY, DAY + 1)) == [kept(one, near=True, sampled=True)]
    assert stretches.get("0" * 24) is None
    ((camera, (number, size)),) = stretches.held().items()
    assert (camera, number) == ("gate", 1)
    assert size > 0


def test_a_stretch_of_an_alert_goes_with_it(stretches: DatabaseStretches, archive: Archive) -> None:
    """At most so many of an hour are kept for their alerts."""
    carry(archive, alert("a"))
    rows = [stretch(number, alert="a") for number in (1, 2, 3)]
    for each in rows:
        stretches.put([kept(each)], BOUNDS)
    bars = stretches.bars("gate", rows[0].hour, rows[0].day, BOUNDS)
    assert (names(stretches), bars.of_alerts) == ({1, 2}, 2)

    DatabaseArchiveKeeper(archive.database).remove(["a"])

    assert names(stretches) == set()


def test_counts_of_hours_add_up(stretches: DatabaseStretches) -> None:
    """What several processes saw of an hour is its whole."""
    hour = int(DAY // HOUR_S)
    first = HourCount(camera="gate", hour=hour, stretches=3, watched_s=10.5)
    stretches.count([first, HourCount(camera="yard", hour=hour, stretches=1, watched_s=1.0)])
    stretches.count([HourCount(camera="gate", hour=hour, stretches=2, watched_s=4.0)])

    (whole,) = stretches.hours(DAY, DAY + 1, ["gate"])
    assert (whole.stretches, whole.watched_s) == (5, 14.5)
    assert len(stretches.hours(DAY, DAY + 1)) == 2
    assert stretches.hours(DAY + HOUR_S, DAY + 2 * HOUR_S) == []


def test_what_is_too_old_goes_what_is_labelled_later(stretches: DatabaseStretches) -> None:
    """So many at once; a camera's time can be forgotten whole."""
    rows = [stretch(number, DAY + 10 * number, score=1 + number / 10) for number in (1, 2, 3)]
    for each in rows:
        stretches.put([kept(each, near=True)], StretchBounds())
    stretches.label(rows[0].id, "false", "ann", 1.0)
    hour = int(DAY // HOUR_S)
    stretches.count([HourCount(camera="gate", hour=hour, stretches=3, watched_s=1.0)])

    assert stretches.remove_old(DAY + 25, DAY, 10) == 1
    assert names(stretches) == {1, 3}
    assert stretches.remove_old(DAY + 25, DAY + 25, 10) == 1
    assert stretches.remove_old(DAY + 86_400, DAY + 86_400, 0) == 0
    assert stretches.hours(DAY, DAY + 1) == []
    assert stretches.forget("gate", DAY, DAY + 100) == 1
    assert names(stretches) == set()


def test_windows_come_from_every_store_to_the_last_bit(road: Stores, archive: Archive) -> None:
    """What a worker scored is what is kept, whichever store it went through."""
    person = PersonId("gate", "s1", 1)
    joints = np.random.default_rng(3).uniform(0, 300, (2, 17, 3)).astype(np.float32)
    view = FrameView("gate", "s1", 7, road.clock.now, 640, 480, ())
    sample = Samples(person, 7, road.clock.now, joints, False, True)
    road.window_store(frames=2).push(view, [sample])
    (claim,) = road.window_queue(worker="w1").take(1, 0.0)
    place = Position(road.clock.now, 1.0, 2.0, 90.0)
    score = Score(person, 7, road.clock.now, 1.25, None, place, place, "m", claim.reference)
    queue = StretchQueue(telemetry=road.telemetry)
    recorder = StretchRecorder(
        StretchRecorderDependencies(
            queue=queue,
            windows=road.board(),
            archive=DatabaseStretches(archive.database),
            telemetry=road.telemetry,
            fps=24.0,
            clock=lambda: 0.0,
            wall_clock=road.clock,
        )
    )

    queue.of("gate").judged(score, 0.75)
    recorder.step()
    queue.of("gate").seen(replace(view, at=road.clock.now + 60))
    recorder.step()

    (found,) = DatabaseStretches(archive.database).every(0.0, 2 * road.clock.now)
    (window,) = found.stretch.windows
    assert (window.nll, window.judged, found.sampled) == (1.25, 0.75, True)
    assert np.array_equal(window.poses(2), joints)
    assert road.telemetry.value("stretches_kept_total", reason="sample") == 1
