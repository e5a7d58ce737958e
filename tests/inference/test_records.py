"""For how long nothing was as clear, before one camera."""

from hypothesis import given
from hypothesis import strategies as st

from inference.records import CHAIN, SAME_EVENT_S, CameraRecords

SCORES = st.lists(
    st.tuples(st.floats(SAME_EVENT_S + 1, 1000), st.floats(0, 10)), min_size=1, max_size=200
)


@given(SCORES)
def test_it_is_the_time_since_the_last_higher_score(seen: list[tuple[float, float]]) -> None:
    """While the chain is short it is exact; when it was shortened, never too long."""
    records, known = CameraRecords(), list[tuple[float, float]]()
    for step_s, score in seen:
        records.watched_s += step_s
        found = records.add("fall", score)
        higher = [at for at, other in known if other > score]
        exact = records.watched_s - max(higher, default=0.0)
        known.append((records.watched_s, score))

        assert found <= exact
        if len(known) <= CHAIN:
            assert found == exact
        assert len(records.chains["fall"]) <= CHAIN


def test_the_same_event_does_not_hide_itself() -> None:
    """What rises further, or is seen by two people at once, is one event."""
    records = CameraRecords(watched_s=1000.0)
    records.add("fight", 2.0)
    records.watched_s += 5.0

    assert records.add("fight", 1.5) == 1005.0


def test_kinds_are_apart() -> None:
    """A run says nothing of falls."""
    records = CameraRecords(watched_s=1000.0)
    records.add("running", 9.0)
    records.watched_s += 1000.0

    assert records.add("fall", 1.0) == 2000.0
