"""ArchiveWriter and AlertArchive, over SQLite and PostgreSQL."""

from collections.abc import Sequence

import pytest
from support.archives import Archive, alert, carry, names, of_kinds

from inference.types import Act, Alert, AlertPoses, Kind, Severity
from service.adapters.database.checker import check_archive
from service.adapters.database.keeper import DatabaseArchiveKeeper
from service.adapters.database.keys import MOST_RANGES
from service.adapters.database.size import archive_size
from service.records import AlertFilter, CarriedAct, CarriedAlert

CLIP = AlertPoses(
    fps=24.0,
    poses=[[(0.5, float(joint), 1.0) for joint in range(17)] for _ in range(3)],
    joint_map=[[0.25] * 18 for _ in range(3)],
)


def test_an_alert_is_kept_with_its_clip(archive: Archive) -> None:
    """What was carried is read; a later version without a clip keeps the old one."""
    second = alert("a", version=2, state="closed", closed_at=103.0)

    archive.writer.carry([CarriedAlert(alert=alert("a"), poses=CLIP)], "1-0")
    first_read = archive.reader.get("a")
    carry(archive, second)
    second_read = archive.reader.get("a")

    assert first_read is not None
    assert second_read is not None
    assert (first_read.archived.alert, first_read.poses) == (alert("a"), CLIP)
    assert (second_read.archived.alert, second_read.poses) == (second, CLIP)
    assert archive.reader.get("nobody") is None


def test_a_version_counts_once(archive: Archive) -> None:
    """What comes twice, or after a newer version, changes nothing and is not counted."""
    carry(archive, alert("a", version=3))

    again = carry(archive, alert("a", version=3, peak_score=9.0), alert("a", version=2), alert("b"))

    found = archive.reader.get("a")
    assert again == 1
    assert found is not None
    assert found.archived.alert == alert("a", version=3)


def test_how_far_it_was_carried_is_kept_with_what_was_carried(archive: Archive) -> None:
    """The newest id is read back; without one the last stays."""
    before = archive.writer.carried_up_to()
    carry(archive, alert("a"), up_to="5-1")
    carry(archive, alert("b"))

    assert before is None
    assert archive.writer.carried_up_to() == archive.reader.carried_up_to() == "5-1"


def test_pages_run_newest_first_even_at_equal_times(archive: Archive) -> None:
    """Every alert comes once, newest first, however pages cut equal times."""
    times = (1.5, 2.5, 2.5, 2.5, 2.5, 2.5, 3.5)
    carry(archive, *(alert(name, at) for name, at in zip("aBcdefg", times, strict=True)))

    for limit in (1, 2, 3, 7, 100):
        assert names(archive, limit=limit) == list("gfedcBa")


def test_pages_are_stable_while_alerts_come(archive: Archive) -> None:
    """An alert that opens or closes between two pages moves nothing on the next."""
    carry(archive, *(alert(f"a{number}", float(number)) for number in range(6)))
    first, cursor = archive.reader.page(AlertFilter(), cursor=None, limit=3)
    carry(archive, alert("new", 9.0), alert("a4", 4.0, version=2, state="closed"))
    rest, end = archive.reader.page(AlertFilter(), cursor=cursor, limit=3)

    assert [one.alert.id for one in first + rest] == ["a5", "a4", "a3", "a2", "a1", "a0"]
    assert end is None


KINDS: Sequence[Kind] = ("movement", "fall", "fight")
SEVERITIES: Sequence[Severity] = ("notice", "warning", "critical")
ZONES: Sequence[tuple[str, ...]] = ((), ("door",), ("till",), ("till", "door"), (), ("Küche 2",))


def many(archive: Archive) -> list[Alert]:
    """Carry 36 alerts that differ in all that is filtered by."""
    alerts = [
        alert(
            f"a{number:02}",
            float(number),
            camera=("gate", "yard", "hall")[number % 3],
            kind=KINDS[number // 3 % 3],
            severity=SEVERITIES[number // 9 % 3],
            state=("open", "closed")[number % 2],
            zones=ZONES[number % 6],
        )
        for number in range(36)
    ]
    carry(archive, *alerts)
    return alerts


@pytest.mark.parametrize(
    "wanted",
    [
        AlertFilter(cameras=("yard",)),
        AlertFilter(cameras=("yard", "gate"), since=7.0),
        AlertFilter(kinds=("fall",)),
        AlertFilter(kinds=("fall", "movement"), states=("closed",), until=30.0),
        AlertFilter(severities=("critical", "notice"), cameras=("hall",), since=3.0, until=33.0),
        AlertFilter(kinds=("running",)),
        AlertFilter(cameras=("nowhere",)),
        AlertFilter(verdicts=("none",), acknowledged=False, states=("open",)),
        AlertFilter(verdicts=("true",)),
        AlertFilter(acknowledged=True),
        AlertFilter(zones=("door",)),
        AlertFilter(zones=("door", "till"), since=3.0),
        AlertFilter(zones=("Küche 2",), kinds=("fall", "fight")),
        AlertFilter(zones=("door", "till"), kinds=("fall", "fight"), cameras=("yard", "hall")),
        AlertFilter(zones=("door", "till"), cameras=("gate",), until=30.0),
        AlertFilter(zones=("nowhere",)),
    ],
    ids=str,
)
def test_filters_narrow_pages(archive: Archive, wanted: AlertFilter) -> None:
    """A page has just the alerts that fit all of the filter, in the same order."""
    fitting = [
        one.id
        for one in reversed(many(archive))
        if (not wanted.cameras or one.camera in wanted.cameras)
        and (not wanted.kinds or one.kind in wanted.kinds)
        and (not wanted.severities or one.severity in wanted.severities)
        and (not wanted.states or one.state in wanted.states)
        and (not wanted.zones or set(one.zones) & set(wanted.zones))
        and (wanted.since is None or one.opened_at >= wanted.since)
        and (wanted.until is None or one.opened_at < wanted.until)
        and "true" not in wanted.verdicts
        and not wanted.acknowledged
    ]

    assert names(archive, wanted, limit=4) == fitting


def test_an_alert_is_found_by_each_of_its_kinds(archive: Archive) -> None:
    """Who fell and stays down is no less somebody who fell, in whatever order it came."""
    carry(archive, alert("a", **of_kinds("fall")), alert("b", 200.0, **of_kinds("movement")))
    carry(archive, alert("a", version=2, **of_kinds("person_down", "fall", "movement")))
    every = ("person_down", "fight", "fall", "running", "movement", "dwell")
    carry(archive, alert("c", 300.0, **of_kinds(*every)))

    assert names(archive, AlertFilter(kinds=("fall",))) == ["c", "a"]
    assert names(archive, AlertFilter(kinds=("person_down",))) == ["c", "a"]
    assert names(archive, AlertFilter(kinds=("movement",))) == ["c", "b", "a"]
    assert names(archive, AlertFilter(kinds=("running", "fight"))) == ["c"]


def test_more_ranges_than_one_query_holds_are_walked_through(archive: Archive) -> None:
    """A filter by very many cameras and some kinds answers the same."""
    many(archive)
    nowhere = tuple(f"nowhere-{number}" for number in range(max(MOST_RANGES.values())))

    wanted = AlertFilter(cameras=("yard", *nowhere), kinds=("fall", "fight"))

    assert names(archive, wanted) == names(
        archive, AlertFilter(cameras=("yard",), kinds=("fall", "fight"))
    )


def test_zones_that_come_later_are_found_with_what_people_did(archive: Archive) -> None:
    """Rows of zones follow every version, every act and the end of their alert."""
    carry(archive, alert("a", zones=("door",)), alert("b", 200.0))
    carry(archive, alert("a", version=2, kind="fall", zones=("door", "till")))
    act = CarriedAct(
        alert="a", act=Act(id="v", at=1.0, author="ann", type="verdict", verdict="false")
    )
    archive.writer.carry((), None, [act])
    note = CarriedAct(
        alert="a", act=Act(id="n", at=2.0, author="ann", type="note", text="a cat sat there")
    )
    archive.writer.carry((), None, [note])

    till = ("till",)
    assert names(archive, AlertFilter(zones=till, verdicts=("false",), kinds=("fall",))) == ["a"]
    assert names(archive, AlertFilter(zones=till, verdicts=("none",))) == []
    assert names(archive, AlertFilter(zones=till, text="cat")) == ["a"]
    assert names(archive, AlertFilter(zones=("roof",), text="cat")) == []
    DatabaseArchiveKeeper(archive.database).remove(["a"])
    assert names(archive, AlertFilter(zones=till)) == []
    assert check_archive(archive.database)[1] == []


def test_a_foreign_cursor_is_refused(archive: Archive) -> None:
    """It raises ValueError, as the history in Redis does."""
    with pytest.raises(ValueError, match="cursor"):
        archive.reader.page(AlertFilter(), cursor="@", limit=1)


def test_what_cannot_be_stored_is_no_failure_of_the_database(archive: Archive) -> None:
    """PostgreSQL takes no NUL and refuses with ValueError, SQLite takes it; nothing is lost."""
    try:
        carry(archive, alert("a"), alert("b", camera="ga\0te"))
    except ValueError:
        assert archive.name == "postgresql"
        assert names(archive) == []
    else:
        assert names(archive) == ["b", "a"]


def test_the_schema_is_what_the_tables_say(archive: Archive) -> None:
    """After all migrations nothing differs from `tables.py`."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from service.adapters.database.tables import metadata

    with archive.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_its_size_and_its_oldest_alert_are_known(archive: Archive) -> None:
    """Without any alert there is no oldest; the bytes are the database's."""
    size_bytes, oldest_at = archive_size(archive.database)
    carry(archive, alert("a"))

    assert (size_bytes > 10_000, oldest_at) == (True, None)
    assert archive_size(archive.database)[1] == alert("a").opened_at
