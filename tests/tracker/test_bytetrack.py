import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker.bytetrack import ByteTrack
from tracker.types import Frame, Pose, Track

JOINTS = np.zeros((17, 3), np.float32)


def _frame(index: int, fps: float = 10.0, session: str = "s1") -> Frame:
    return Frame("gate", session, index, index / fps, 640, 480)


def _pose(left_px: float, top_px: float = 100, score: float = 0.9) -> Pose:
    box_px = np.array([left_px, top_px, left_px + 40, top_px + 100], np.float32)
    return Pose(JOINTS, box_px, score=score)


def _numbers(tracks: list[Track]) -> list[int]:
    return sorted(track.person.number for track in tracks)


def test_a_person_is_confirmed_in_the_second_frame() -> None:
    """What is seen once only is nobody yet."""
    tracker = ByteTrack()

    assert tracker.update(_frame(0), [_pose(100)]) == []
    assert _numbers(tracker.update(_frame(1), [_pose(102)])) == [1]


def test_ids_name_camera_session_and_number() -> None:
    """A person's id can be read back to the camera and its session."""
    tracker = ByteTrack()
    tracker.update(_frame(0), [_pose(100)])

    (track,) = tracker.update(_frame(1), [_pose(102)])

    assert str(track.person) == "gate/s1/1"


def test_every_tracker_counts_for_itself() -> None:
    """Two cameras never take numbers from each other."""
    for _ in range(2):
        tracker = ByteTrack()
        tracker.update(_frame(0), [_pose(100)])
        assert _numbers(tracker.update(_frame(1), [_pose(102)])) == [1]


def test_people_who_cross_keep_their_numbers() -> None:
    """Motion tells two people apart when their boxes meet."""
    tracker = ByteTrack()
    for index in range(30):
        poses = [_pose(100 + 10 * index, 100), _pose(400 - 10 * index, 160)]
        tracks = tracker.update(_frame(index), poses)

    assert {track.person.number: track.pose.box_px[1] for track in tracks} == {1: 100, 2: 160}


def test_a_short_absence_keeps_the_number_and_a_long_one_does_not() -> None:
    """Somebody is awaited where they should be for two seconds, not longer."""
    for missing, expected in ((15, 1), (25, 2)):
        tracker = ByteTrack()
        for index in range(20):
            tracker.update(_frame(index), [_pose(100 + 3 * index)])
        for index in range(20, 20 + missing):
            tracker.update(_frame(index), [])

        back = 20 + missing
        tracker.update(_frame(back), [_pose(100 + 3 * back)])
        tracks = tracker.update(_frame(back + 1), [_pose(103 + 3 * back)])

        assert _numbers(tracks) == [expected]


def test_a_weak_detection_continues_but_never_begins() -> None:
    """An unsure box is believed only where somebody is expected."""
    tracker = ByteTrack()
    for index in range(5):
        assert tracker.update(_frame(index), [_pose(300, score=0.3)]) == []
    for index in range(5, 8):
        tracker.update(_frame(index), [_pose(100)])

    assert _numbers(tracker.update(_frame(8), [_pose(100, score=0.3)])) == [1]


def test_skipped_frames_do_not_lose_anybody() -> None:
    """A slow machine that sees every third frame follows a walker all the same."""
    tracker = ByteTrack()
    seen = [
        _numbers(tracker.update(_frame(index), [_pose(50 + 4 * index)]))
        for index in range(0, 60, 3)
    ]

    assert seen[1:] == [[1]] * 19


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 600), st.floats(0.1, 1)), max_size=6), max_size=12)
)
def test_nobody_is_in_two_places(scene: list[list[tuple[int, float]]]) -> None:
    """In one frame no person has two poses, no pose two persons, and every pose was given."""
    tracker = ByteTrack()
    for index, people in enumerate(scene):
        poses = [_pose(left_px, score=score) for left_px, score in people]

        tracks = tracker.update(_frame(index), poses)

        numbers = _numbers(tracks)
        assert len(set(numbers)) == len(numbers)
        assert len({id(track.pose) for track in tracks}) == len(tracks)
        assert {id(track.pose) for track in tracks} <= {id(pose) for pose in poses}


def test_nobody_outlives_a_clock_set_back() -> None:
    """Whoever was last seen in what is the future now is gone, not waited for until then."""
    tracker = ByteTrack()
    for index in range(36_000, 36_002):
        tracker.update(_frame(index), [_pose(100)])

    tracker.update(_frame(0), [_pose(100)])

    assert _numbers(tracker.update(_frame(1), [_pose(100)])) == [2]
