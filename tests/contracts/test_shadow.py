"""Scores of a model on trial, and what the process that tries it remembers, over every store."""

from dataclasses import replace

import pytest
from support.score_maker import ScoreMaker
from support.stores import Stores

from service.adapters.redis import keys
from service.ports.shadow import ShadowReport, ShadowScore


def pair(seq: int, live: float | None = 1.0, *, number: int = 1) -> ShadowScore:
    """Return a window's two scores."""
    score = ScoreMaker().score(seq, seq / 8, number=number)
    return ShadowScore(replace(score, window=f"{seq}-0"), live, "live")


def test_scores_are_read_as_they_were_written(road: Stores) -> None:
    """Each once, after the entry that was read last; what they cost is summed."""
    store = road.shadow_scores()
    store.put([pair(3), pair(3, None, number=2)], 0.25)
    first = store.read({"gate": "0", "yard": "0"})
    last = first["gate"][-1][0]
    store.put([pair(6)], 0.5)

    assert [each for _, each in first["gate"]] == [pair(3), pair(3, None, number=2)]
    assert [each for _, each in store.read({"gate": last})["gate"]] == [pair(6)]
    assert store.cost() == (3, pytest.approx(0.75))


def test_another_trial_costs_from_the_beginning(road: Stores) -> None:
    """The cost of the one before is forgotten."""
    store = road.shadow_scores()
    store.put([pair(3)], 0.25)
    store.begin()

    assert store.cost() == (0, 0.0)


def test_what_does_not_read_is_passed_over(road: Stores) -> None:
    """And counted; the scores behind it come."""
    if road.client is None:
        pytest.skip("nobody else writes into this process's memory")
    store = road.shadow_scores()
    road.client.xadd(keys.ONE_SHARD.shadow("gate"), {"s": "nonsense"})
    store.put([pair(3)], 0.0)

    assert [each for _, each in store.read({"gate": "0"})["gate"]] == [pair(3)]
    assert road.telemetry.value("entries_malformed_total", kind="shadow") == 1


def test_states_and_the_report_are_read_as_they_were_saved(road: Stores) -> None:
    """The newest of each."""
    store = road.shadow_states()
    empty = (store.load("gate"), store.report())
    report = ShadowReport(
        sha256="5f",
        weights="8e",
        since=1.0,
        compared_since=2.0,
        at=3.0,
        windows=4,
        compared=4,
        rank_correlation=None,
        same_side=0.5,
        only_live=1,
        only_shadow=1,
        cpu_ms_per_window=0.2,
        opened={"movement": 1},
        running={},
    )
    for state in (b"old", b"new"):
        store.save("gate", state)
    store.put_report(report)

    assert empty == (None, None)
    assert (store.load("gate"), store.report()) == (b"new", report)
