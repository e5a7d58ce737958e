"""The bench of roll-outs: whose cameras change hands, and for how long nobody watches them."""

import pytest

from export.bench.site.handover import ENDED, JOINED, LiveFeed, Seen, measure, rows
from export.bench.site.service import RunningService


def feed(*cameras: tuple[tuple[int, float], ...]) -> LiveFeed:
    """A feed that has shown these frames of each camera: number in the session and time."""
    shown = LiveFeed()
    for name, frames in enumerate(cameras):
        for seq, at in frames:
            shown.add(f"c{name}", Seen(seq, at))
    return shown


def test_a_gap_lies_between_the_last_frame_of_one_process_and_the_first_of_the_next() -> None:
    """Numbers that begin again tell the change; pauses within a session are none."""
    shown = feed(((40, 10.0), (41, 10.1), (2, 10.9), (3, 11.0)), ((40, 10.0), (41, 13.0)))

    assert shown.gaps_s(since=0.0) == {"c0": pytest.approx(0.8)}
    assert shown.gaps_s(since=10.9) == {}


def test_a_frame_that_is_shown_again_counts_once() -> None:
    """While nobody watches a camera the feed repeats its last frame."""
    shown = feed(((40, 10.0), (40, 10.0), (40, 10.0), (1, 10.5)))

    assert shown.frames == {"c0": [Seen(40, 10.0), Seen(1, 10.5)]}


def test_a_camera_has_settled_once_its_session_has_run_for_a_while() -> None:
    """The next session is told by its lower numbers: this one's must be well above the first."""
    shown = feed(((40, 10.0),), ((5, 10.0),))

    assert shown.all_since(9.0, cameras=1)
    assert not shown.all_since(9.0, cameras=2)
    assert not shown.all_since(10.0, cameras=1)


def test_each_way_of_changing_hands_has_its_row() -> None:
    """Also the one that no camera went."""
    assert list(rows({JOINED: [0.5, 0.25, 1.0], ENDED: []})) == [
        {"cameras": JOINED, "n": 3, "p50_s": 0.5, "longest_s": 1.0},
        {"cameras": ENDED, "n": 0, "p50_s": None, "longest_s": None},
    ]


@pytest.mark.slow
def test_a_process_that_joins_and_ends_takes_and_leaves_its_share() -> None:
    """Real processes: half of the cameras go to the second process and come back at SIGTERM."""
    cameras = [{"name": f"c{number}", "source": f"sim:?seed={number}"} for number in range(2)]

    with RunningService(cameras, site={"camera_processes": 1}) as service:
        gaps = measure(service, cameras=2, rounds=1)

    assert gaps.keys() == {JOINED, ENDED}
    assert all(gaps.values())
