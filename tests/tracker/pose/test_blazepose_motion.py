from pathlib import Path

import numpy as np
import pytest

from tracker.boxes import match, overlap
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.pose.blazepose_motion import MotionPoses, first_of_each
from tracker.sources.video_file import VideoFile
from tracker.tracking.bytetrack import ByteTrack
from tracker.types import NO_BOXES, Frame, Image, Track

FPS = 10


def _frame(image: Image | None, seq: int) -> Frame:
    return Frame("gate", "s", seq, seq / FPS, 480, 360, image)


class Scene:
    """A still street on whose lawn somebody may stand, followed by the whole of tracker."""

    def __init__(self, blazepose_file: Path, street: list[Image]) -> None:
        self._still = street[0]
        self._walker = street[0][147:207, 396:431]  # the man on the right, cut out
        self.telemetry = InMemoryTelemetry()
        self._estimator = MotionPoses(blazepose_file, self.telemetry)
        self._tracker = ByteTrack()
        self.seq = 0

    def show(self, *places: tuple[int, int], black: bool = False) -> list[Track]:
        """Show somebody at each left, top on the lawn and return who is followed."""
        image = self._still.copy()
        for left, top in places:
            height, width = self._walker.shape[:2]
            image[top : top + height, left : left + width] = self._walker
        frame = _frame(np.zeros_like(image) if black else image, self.seq)
        self.seq += 1
        poses = self._estimator.estimate(frame, self._tracker.expected(frame.at))
        return self._tracker.update(frame, poses)


@pytest.fixture
def scene(blazepose_file: Path, street: list[Image]) -> Scene:
    """A street whose background is known."""
    scene = Scene(blazepose_file, street)
    for _ in range(20):
        assert scene.show() == []
    return scene


def test_a_frame_without_a_picture_shows_nobody(blazepose_file: Path) -> None:
    """A source that carries poses in place of pictures is no error."""
    assert (
        MotionPoses(blazepose_file, InMemoryTelemetry()).estimate(_frame(None, 0), NO_BOXES) == []
    )


@pytest.mark.slow
def test_who_stops_is_followed_on(scene: Scene) -> None:
    """Somebody who walks up and then stands still stays the same person."""
    for left in range(20, 80, 4):
        walking = scene.show((left, 240))
    (person,) = [track.person for track in walking]

    standing = [scene.show((80, 240)) for _ in range(12 * FPS)]

    assert sum(len(tracks) == 1 for tracks in standing) > 0.95 * len(standing)
    assert {track.person for tracks in standing for track in tracks} == {person}


@pytest.mark.slow
def test_who_has_gone_is_gone(scene: Scene) -> None:
    """An empty place is not taken for the person who stood there."""
    for left in range(20, 80, 4):
        scene.show((left, 240))

    assert [scene.show() for _ in range(10)][-1] == []


@pytest.mark.slow
def test_a_black_picture_begins_nobody_and_ends_nobody(scene: Scene) -> None:
    """A short loss of the picture leaves the same person, and the light no new ones."""
    for left in [*range(20, 80, 4), *[80] * 10]:
        before = scene.show((left, 240))
    for _ in range(5):
        assert scene.show(black=True) == []

    after = [scene.show((80, 240)) for _ in range(5)][-1]

    assert [track.person for track in after] == [track.person for track in before]


def test_refused_places_are_counted(blazepose_file: Path, street: list[Image]) -> None:
    """A place that shows no body is told by reason."""
    telemetry = InMemoryTelemetry()
    lawn = np.array([[90, 245, 120, 315]], np.float32)

    assert MotionPoses(blazepose_file, telemetry).estimate(_frame(street[0], 0), lawn) == []

    assert telemetry.value("poses_refused_total", reason="presence") == 1


def test_of_bodies_in_one_place_the_best_stays() -> None:
    """The most preferred of overlapping boxes is kept, and everything apart from it."""
    boxes = np.array([[0, 0, 10, 20], [1, 0, 11, 20], [40, 0, 50, 20]], np.float32)

    assert first_of_each(boxes, np.array([0.5, 0.9, 0.7], np.float32), same=0.6) == [1, 2]


@pytest.mark.slow
@pytest.mark.shared
def test_people_of_a_real_street_are_found_by_motion(shared: Path, blazepose_file: Path) -> None:
    """On four seconds of a street most people are found where the truth has them."""
    rows = np.loadtxt(shared / "data" / "mot" / "PETS09-S2L1" / "gt.txt", delimiter=",")
    video = shared / "data" / "video" / "vtest_480x360_10fps_795f.mp4"
    estimator, tracker = MotionPoses(blazepose_file, InMemoryTelemetry(), threads=2), ByteTrack()
    people = found = hits = 0

    for frame in VideoFile("gate", video, real_time=False):
        if frame.seq < 100:
            continue
        if frame.seq == 170:
            break
        tracks = tracker.update(frame, estimator.estimate(frame, tracker.expected(frame.at)))
        if frame.seq < 130:
            continue  # the background is not known yet
        truth = rows[rows[:, 0] == frame.seq + 1, 2:6] * (480 / 768)
        truth[:, 2:] += truth[:, :2]
        boxes = np.array([track.pose.box_px for track in tracks], np.float32).reshape(-1, 4)
        people, found = people + len(truth), found + len(tracks)
        hits += len(match(overlap(truth.astype(np.float32), boxes), 0.5))

    assert hits > 0.65 * people
    assert hits > 0.8 * found
