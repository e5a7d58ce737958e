"""Waiting for a state: as long as it takes, and not for ever."""

import pytest

from export.bench.site.waiting import await_state


def test_one_waits_until_the_state_is_there() -> None:
    """It is looked at until it says yes, and not once more."""
    answers = iter([False, False, True])

    await_state(lambda: next(answers), "the third answer", every_s=0.0)

    assert next(answers, None) is None


def test_a_state_that_never_comes_ends_the_bench_by_its_name() -> None:
    """Whoever started the bench reads what was waited for, and how long."""
    with pytest.raises(SystemExit, match="the moon: not within 0 s; see the service's log"):
        await_state(lambda: False, "the moon", within_s=0.0, every_s=0.0)
