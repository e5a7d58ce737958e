import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.tracking.bytetrack import ByteTrack, TrackingOptions
from tracker.types import Frame, Pose, Track, box_alone

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
@pytest.mark.slow
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


def test_who_is_gone_never_gives_their_number_to_anybody() -> None:
    """Numbers only ever count up, however many people come and go."""
    tracker = ByteTrack()
    numbers: list[int] = []
    for visit in range(5):
        for index in range(visit * 100, visit * 100 + 5):
            numbers += _numbers(tracker.update(_frame(index), [_pose(100)]))

    assert numbers == [visit for visit in (1, 2, 3, 4, 5) for _ in range(4)]


@pytest.mark.parametrize("fps", [5.0, 12.5, 30.0])
@pytest.mark.parametrize("hidden_s", [1.0, 1.8])
def test_a_walker_behind_a_post_keeps_the_number(fps: float, hidden_s: float) -> None:
    """Whoever comes out on the other side within two seconds is who went in, at any frame rate."""
    tracker = ByteTrack()
    numbers: set[int] = set()
    hidden = range(round(3 * fps), round((3 + hidden_s) * fps))
    for index in range(round(7 * fps)):
        poses = [] if index in hidden else [_pose(60 * index / fps)]
        numbers.update(_numbers(tracker.update(_frame(index, fps), poses)))

    assert numbers == {1}


@pytest.mark.parametrize("fps", [5.0, 12.5, 30.0])
def test_who_walks_behind_another_keeps_the_number(fps: float) -> None:
    """Two people cross; the farther one is hidden while the nearer covers them."""
    tracker = ByteTrack()
    for index in range(round(6 * fps)):
        near_px, far_px = 50 + 50 * index / fps, 350 - 50 * index / fps
        poses = [_pose(near_px, 120)]
        if abs(near_px - far_px) > 25:
            poses.append(_pose(far_px, 100))
        tracks = tracker.update(_frame(index, fps), poses)

    assert {track.person.number: track.pose.box_px[1] for track in tracks} == {1: 120, 2: 100}


def test_jittery_and_dropped_frames_lose_nobody() -> None:
    """Frames come when they come: 30 to 300 ms apart, every fifth one lost."""
    chance = np.random.default_rng(7)
    tracker, at, numbers = ByteTrack(), 0.0, set()
    for index in range(100):
        at += float(chance.uniform(0.03, 0.3))
        frame = Frame("gate", "s1", index, at, 640, 480)
        if chance.random() > 0.2:
            poses = [_pose(20 + 30 * at), _pose(560 - 30 * at, 300)]
            numbers.update(_numbers(tracker.update(frame, poses)))

    assert numbers == {1, 2}


def test_a_clock_set_back_by_a_second_loses_nobody() -> None:
    """Times that jump back a little neither move people nor end them."""
    tracker = ByteTrack()
    numbers: set[int] = set()
    for index in [*range(20), *range(10, 30)]:
        numbers.update(_numbers(tracker.update(_frame(index), [_pose(100)])))

    assert numbers == {1}


def test_somebody_seen_twice_in_one_frame_is_one_person() -> None:
    """A detector's second box around a known person begins nobody."""
    tracker = ByteTrack()
    for index in range(10):
        tracks = tracker.update(_frame(index), [_pose(100), _pose(106, 104, score=0.8)])

    assert _numbers(tracks) == [1]


def _bent(pose: Pose, lean_px: float) -> Pose:
    """The same box around a body that leans to a side."""
    joints = np.ones((17, 3), np.float32)
    joints[:, 1] = np.linspace(pose.box_px[1], pose.box_px[3], 17)
    joints[:, 0] = pose.box_px[[0, 2]].mean() + np.linspace(lean_px, -lean_px, 17)
    return Pose(joints, pose.box_px, score=pose.score)


def test_posture_tells_apart_whose_boxes_do_not() -> None:
    """Two people whose boxes close in on one place are told apart by how they hold themselves."""
    tracker = ByteTrack()
    for index in range(4):
        tracks = tracker.update(_frame(index), [_bent(_pose(100), 18), _bent(_pose(124), -18)])
    assert {track.person.number: track.pose.box_px[0] for track in tracks} == {1: 100, 2: 124}

    tracks = tracker.update(_frame(4), [_bent(_pose(111), -18), _bent(_pose(113), 18)])

    assert {track.person.number: track.pose.box_px[0] for track in tracks} == {1: 113, 2: 111}


def test_known_people_are_expected_where_they_walk() -> None:
    """A newcomer is not expected yet; asking, even far ahead, changes nothing."""
    tracker = ByteTrack()
    for index in range(20):
        newcomer = [_pose(400)] if index == 19 else []
        tracker.update(_frame(index), [_pose(100 + 3 * index), *newcomer])

    tracker.expected(2.9)
    expected = tracker.expected(2.0)

    assert expected.dtype == np.float32
    assert expected == pytest.approx(_pose(160).box_px[None], abs=3)


def test_who_is_missed_for_long_or_has_left_is_not_expected() -> None:
    """They are waited for, but no time is spent on looking for them."""
    away, left = ByteTrack(), ByteTrack()
    for index in range(20):
        away.update(_frame(index), [_pose(100)])
        left.update(_frame(index), [_pose(440 + 8 * index)])

    assert len(away.expected(2.5)) == 1
    assert len(away.expected(3.2)) == 0
    assert len(left.expected(2.0)) == 1
    assert len(left.expected(2.7)) == 0


def test_who_falls_stays_the_same_person() -> None:
    """A tall box that turns into a wide one beside its feet within two frames is nobody new."""
    tracker = ByteTrack()
    joints = np.zeros((17, 3), np.float32)
    boxes = [[100, 50, 140, 170]] * 5 + [
        [95, 80, 165, 170],
        [70, 125, 190, 172],
        [68, 128, 190, 172],
    ]

    numbers = set()
    for seq, box_px in enumerate(boxes):
        frame = Frame("gate", "s", seq, seq / 10, 320, 240)
        tracks = tracker.update(frame, [Pose(joints, np.array(box_px, np.float32), score=0.8)])
        numbers |= {track.person.number for track in tracks}

    assert numbers == {1}
    assert tracks[0].seq == len(boxes) - 1


def test_a_box_alone_carries_a_person_on_for_a_while() -> None:
    """It continues somebody, begins nobody, and ends when no body is recognised for too long."""
    options = TrackingOptions(box_alone_s=1.0)
    tracker, joints = ByteTrack(options), np.ones((17, 3), np.float32)
    box_px, elsewhere = np.array([100, 50, 140, 170], np.float32), np.array([9, 9, 49, 129.0])
    tracked = []
    for seq in range(30):
        seen = seq < 5
        pose = Pose(joints, box_px, score=0.8) if seen else box_alone(box_px, 0.65)
        newcomer = box_alone(elsewhere.astype(np.float32), 0.9)
        frame = Frame("gate", "s", seq, seq / 10, 320, 240)
        tracked.append([t.person.number for t in tracker.update(frame, [pose, newcomer])])

    assert tracked[1:14] == [[1]] * 13
    assert not any(tracked[16:])


def test_a_box_to_reckon_with_is_never_followed() -> None:
    """It begins nobody, carries nobody on and takes nobody's place."""
    tracker, beside = ByteTrack(), _pose(102).box_px
    lone = box_alone(beside, 0.65, followed=False)
    for index in range(3):
        tracks = tracker.update(_frame(index), [lone, _pose(100 + index)])
    assert _numbers(tracks) == [1]
    assert tracks[0].pose.body_seen

    assert tracker.update(_frame(3), [lone]) == []
