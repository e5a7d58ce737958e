"""Cameras spread over processes by lease: shares and take-overs."""

from dataclasses import replace

import pytest
from support.shared_cameras import CAMERAS, AskedLeases, Process, Site

from service.adapters.redis.keys import Shards
from service.cameras.assignment_dependencies import AssignmentOptions
from service.operations import fair_share


def test_one_process_watches_all(site: Site) -> None:
    """As under `posewarden up`: at once, and each camera once."""
    process = site.start("a")

    site.let(process, rounds=8)

    assert process.watches() == set(CAMERAS)
    assert sorted(process.began) == CAMERAS
    assert process.telemetry.value("cameras_held", role="camera") == 7


def test_processes_share_evenly_and_do_not_swing(site: Site) -> None:
    """Nobody has more than ceil(cameras / processes), and then nothing moves any more."""
    first, second, third = (site.start(owner) for owner in "abc")
    site.let(first, rounds=2)
    site.let(first, second, third, rounds=4)
    began = [len(each.began) for each in site.processes]

    site.let(first, second, third, rounds=20)

    shares = [each.watches() for each in site.processes]
    assert set.union(*shares) == set(CAMERAS)
    assert max(map(len, shares)) == 3
    assert began == [len(each.began) for each in site.processes] == [7, 3, 1]


def test_a_dead_process_is_replaced_within_five_seconds(site: Site) -> None:
    """Once its leases have run out the others watch its cameras too."""
    first, dead = site.start("a"), site.start("b")
    site.let(first, dead, rounds=3)
    assert len(first.watches()) == 4

    site.let(first, rounds=5)

    assert first.watches() == set(CAMERAS)
    assert dead.watches() == set()


def test_a_process_that_ends_hands_over_at_once(site: Site) -> None:
    """The next round of another one has its cameras."""
    first, leaving = site.start("a"), site.start("b")
    site.let(first, leaving, rounds=3)
    leaving.assigner.release_all()

    site.let(first)

    assert first.watches() == set(CAMERAS)
    assert len(leaving.forgotten) == 3


def test_what_an_ending_process_frees_is_taken_between_rounds(site: Site) -> None:
    """A look suffices; nobody needs to wait for the next round."""
    first, leaving = site.start("a"), site.start("b")
    site.let(first, leaving, rounds=3)
    leaving.assigner.release_all()

    first.assigner.step()  # no time has passed: its round is not due

    assert first.watches() == set(CAMERAS)


def test_a_look_takes_nothing_beyond_the_even_share(site: Site) -> None:
    """Of 7 cameras and 3 processes somebody is always below 3: that is left to rounds."""
    processes = [site.start(owner) for owner in "abc"]
    site.let(*processes, rounds=4)
    largest = max(processes, key=lambda each: len(each.watches()))
    smallest = min(processes, key=lambda each: len(each.watches()))
    del site.memory.leases[Shards.watch][min(largest.watches())]  # it could have that one

    smallest.assigner.step()

    assert len(smallest.watches()) == 2


def test_a_large_site_is_asked_for_in_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """No step asks for all leases that others hold, and still every free one is found."""
    monkeypatch.setattr(fair_share, "ASKED_AT_ONCE", 2)
    holder, process = site.start("a"), Process()
    site.let(holder, rounds=4)
    assert holder.watches() == set(CAMERAS)
    parts = site.parts("b", process)
    asked = AskedLeases(parts.leases)
    site.begin(process, replace(parts, leases=asked))

    site.let(process)
    assert process.watches() == set()
    holder.assigner.release_all()
    site.let(process, rounds=6)

    assert process.watches() == set(CAMERAS)
    assert max(map(len, asked.wanted)) == 2


@pytest.mark.parametrize("change", [{"round_s": 0.0}, {"retry_s": 0.0}, {"lease_s": 2.5}])
def test_options_out_of_range_are_refused(change: dict[str, float]) -> None:
    """A lease must outlast the time between two renewals."""
    with pytest.raises(ValueError, match=next(iter(change))):
        AssignmentOptions(**change)
