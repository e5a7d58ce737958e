"""The bench that kills a master: what counts as kept, lost and told twice."""

from export.bench.site.failover import Death, Told, figures
from export.bench.site.readings import Reading

LATE = ("replica_waits_total", frozenset({("write", "alert"), ("result", "late")}))
DROPPED = ("samples_dropped_total", frozenset({("camera", "c0")}))


def _figures(told: list[Told], stored: dict[str, int]) -> dict[str, object]:
    before = Reading(0.0, {LATE: 0.0, DROPPED: 3.0})
    after = Reading(9.0, {LATE: 2.0, DROPPED: 10.0})
    death = Death(killed_s=5.0, killed_at=100.0, kept={"a": 2, "b": 1}, before=before)
    return figures(death, after, told, stored, [1.0, 2.0, 4.0])


def test_what_outlived_the_master_and_what_did_not() -> None:
    """An alert of an older version is lost, too; one that came later is nobody's loss."""
    told = [Told(1.0, "a", "opened", 1), Told(7.5, "c", "opened", 1)]

    assert _figures(told, {"a": 2, "b": 1, "c": 1}) == {
        "alerts kept": 2,
        "of them lost": 0,
        "told twice": 0,
        "late": 2,
        "samples dropped": 7,
        "windows dropped": 0,
        "pause p50 s": 2.0,
        "pause longest s": 4.0,
        "next alert after s": 2.5,
    }
    assert _figures(told, {"a": 1, "c": 1})["of them lost"] == 2


def test_the_same_change_twice_is_told_twice() -> None:
    """Another change of the same alert is not."""
    told = [
        Told(1.0, "a", "opened", 1),
        Told(1.5, "a", "updated", 2),
        Told(6.0, "a", "opened", 1),
        Told(8.0, "b", "opened", 1),
    ]

    assert _figures(told, {"a": 2, "b": 1})["told twice"] == 1
