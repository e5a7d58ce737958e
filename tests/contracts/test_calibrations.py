"""Blocks and snapshots of cameras, over every store."""

from support.calibrations import block, snapshot
from support.stores import Stores

from inference.calibration.blocks import Block
from inference.usual_score import UsualScore
from service.ports.calibrations import PREPARED_BOUND, SNAPSHOTS_BOUND, Outlook, Prepared


def test_blocks_are_read_as_they_were_kept(road: Stores) -> None:
    """In the order of time, by camera and recipe; the same block twice counts once."""
    store = road.calibrations()
    store.put_blocks("gate", "r", [block(11), block(10)])
    store.put_blocks("gate", "r", [block(11)])
    store.put_blocks("gate", "other", [block(12)])
    store.put_blocks("yard", "r", [])

    assert store.blocks("gate", "r") == [block(10), block(11)]
    assert store.blocks("gate", "other") == [block(12)]
    assert store.blocks("yard", "r") == []


def test_the_oldest_blocks_go(road: Stores) -> None:
    """What lies further back than the bound is forgotten."""
    store = road.calibrations(blocks_bound=3)
    for number in range(10, 15):
        store.put_blocks("gate", "r", [block(number)])

    assert [each.number for each in store.blocks("gate", "r")] == [12, 13, 14]


def test_snapshots_are_numbered_in_a_row(road: Stores) -> None:
    """Of two processes that make the same number, one does; the newest comes first."""
    store = road.calibrations()
    kept = [store.put_snapshot(snapshot(number)) for number in (1, 2, 2, 4)]

    assert kept == [True, True, False, False]
    assert store.snapshots("gate") == [snapshot(2), snapshot(1)]
    assert store.newest(["gate", "yard"]) == {"gate": snapshot(2)}
    assert store.snapshots("yard") == []


def test_old_snapshots_go_and_numbers_go_on(road: Stores) -> None:
    """There is a bound to what one camera keeps."""
    store = road.calibrations()
    for number in range(1, SNAPSHOTS_BOUND + 4):
        assert store.put_snapshot(snapshot(number))

    found = store.snapshots("gate")
    assert len(found) == SNAPSHOTS_BOUND
    assert (found[0].number, found[-1].number) == (SNAPSHOTS_BOUND + 3, 4)


def test_the_outlook_is_the_newest(road: Stores) -> None:
    """What comes next takes the place of what did before, and is no snapshot."""
    store = road.calibrations()
    outlooks = [
        Outlook(at=at, next=snapshot(0), frozen=None, alarms=1, days=2.0) for at in (1.0, 2.0)
    ]
    for each in outlooks:
        store.put_outlook("gate", each)

    assert store.outlook("gate") == outlooks[1]
    assert store.outlook("yard") is None
    assert store.snapshots("gate") == []


def test_a_forgotten_camera_begins_again(road: Stores) -> None:
    """Blocks, snapshots and numbers of a deleted camera are gone."""
    store = road.calibrations()
    store.put_blocks("gate", "r", [block(10)])
    store.put_snapshot(snapshot(1))
    store.forget("gate")

    assert (store.blocks("gate", "r"), store.snapshots("gate")) == ([], [])
    assert store.put_snapshot(snapshot(1))


def test_blocks_of_a_trial_stand_beside_the_live_ones(road: Stores) -> None:
    """The same ten minutes under two models; once promoted, a model has both its parts."""
    store = road.calibrations()
    live, tried = Block(7, 600.0, {}, {}), Block(7, 600.0, {"movement": (3.0,)}, {})
    later = Block(8, 600.0, {}, {})
    store.put_blocks("gate", "old", [live])
    store.put_blocks("gate", "new", [tried], beside=True)
    store.put_blocks("gate", "new", [later])

    assert store.blocks("gate", "old") == [live]
    assert store.blocks("gate", "new") == [tried, later]


def test_what_cameras_begin_with_is_kept_by_recipe(road: Stores) -> None:
    """The newest ones of each camera; a forgotten camera has none."""
    store = road.calibrations()
    usual = UsualScore(3, 1.0, 0.5)
    for number in range(PREPARED_BOUND + 2):
        store.put_prepared("gate", Prepared(recipe=f"r{number}", at=float(number), usual=usual))
    store.put_prepared("yard", Prepared(recipe="r0", at=0.0))
    found = store.prepared(["gate", "yard", "none"])
    store.forget("gate")

    assert sorted(found) == ["gate", "yard"]
    assert sorted(found["gate"]) == [f"r{number}" for number in range(2, PREPARED_BOUND + 2)]
    assert found["gate"]["r7"].usual == usual
    assert store.prepared(["gate"]) == {}
