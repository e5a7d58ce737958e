"""StatusStore, SiteStatus and WindowArchive."""

import numpy as np
from support.stores import Stores

from inference.provider_choice import BatchChoice
from inference.types import Position, Score
from service.types import WorkerStatus
from tracker.types import CameraStatus, FrameView, PersonId, Pose, Samples, Track

HERE = Position(1.0, 2.0, 3.0, 4.0)


def status(name: str, state: str = "live") -> CameraStatus:
    """A status with every field set."""
    return CameraStatus(
        name, state, 12.5, 99.0, 2, None, ("motion boxes",), 25.0, 3, True, 7, True, 88.5
    )


def worker(name: str, beat_at: float) -> WorkerStatus:
    """A sign of life."""
    return WorkerStatus(
        name=name,
        model="hash",
        provider="CPUExecutionProvider",
        wanted="auto",
        beat_at=beat_at,
        batches=(
            BatchChoice(
                windows=8,
                provider="CPUExecutionProvider",
                seconds={"CPUExecutionProvider": 1e-4, "CUDAExecutionProvider": 2e-4},
            ),
        ),
    )


def test_a_status_replaces_the_last_one(road: Stores) -> None:
    """The board shows each camera's newest word."""
    board = road.board()
    for one in (status("gate", "connecting"), status("yard"), status("gate")):
        board.report(one)

    assert {"gate": status("gate"), "yard": status("yard")} == road.board().cameras()


def test_a_silent_camera_is_lost(road: Stores) -> None:
    """Ten seconds without a word mean that the process is gone."""
    board = road.board()
    board.report(status("gate"))
    road.clock.now += 9.9
    assert board.cameras()["gate"].state == "live"
    road.clock.now += 0.2

    gone = board.cameras()["gate"]

    assert (
        gone.state,
        gone.fps,
        gone.source_fps,
        gone.overloaded,
        gone.too_few_frames,
        gone.reason,
        gone.last_frame_at,
    ) == ("lost", 0.0, 0.0, False, False, "camera process gone", 99.0)


def test_what_ended_stays_ended(road: Stores) -> None:
    """A file that was played to its end is not a lost camera."""
    road.board().report(status("film", "ended"))
    road.clock.now += 3600

    assert status("film", "ended") == road.board().cameras()["film"]


def test_workers_show_signs_of_life(road: Stores) -> None:
    """Workers silent for five seconds are not told."""
    board = road.board()
    board.heartbeat(worker("w1", road.clock.now))
    road.clock.now += 3
    board.heartbeat(worker("w2", road.clock.now))
    assert {"w1", "w2"} == {one.name for one in board.workers()}
    road.clock.now += 3

    assert [worker("w2", road.clock.now - 3)] == board.workers()


def test_the_newest_view_is_shown(road: Stores) -> None:
    """The live page gets each camera's last frame, bit for bit, and none where there is none."""
    person = PersonId("gate", "s1", 7)
    joints = np.random.default_rng(5).normal(size=(17, 3)).astype(np.float32)
    pose = Pose(joints, np.array([1, 2, 3, 4], np.float32), None)
    store = road.window_store(frames=2)
    for seq in (1, 2):
        track = Track(person, seq, 50.0 + seq, pose)
        store.push(FrameView("gate", "s1", seq, 50.0 + seq, 640, 480, (track,)), [])

    views = road.board().views(["gate", "yard"])

    (track,) = views["gate"].tracks
    assert list(views) == ["gate"]
    assert (2, 640, 480, person, 2, 52.0) == (
        views["gate"].seq,
        views["gate"].width_px,
        views["gate"].height_px,
        track.person,
        track.seq,
        track.at,
    )
    np.testing.assert_array_equal(track.pose.joints, joints)
    np.testing.assert_array_equal(track.pose.box_px, pose.box_px)


def scored(road: Stores, numbered: list[tuple[int, float | None, float]]) -> str:
    """Score one window as (person, nll, at) say; return the window's reference."""
    sample = Samples(
        PersonId("gate", "s1", 1),
        5,
        road.clock.now,
        np.ones((1, 17, 3), np.float32),
        False,
        True,
    )
    road.window_store(frames=1).push(FrameView("gate", "s1", 5, 0.0, 1, 1, ()), [sample])
    queue = road.window_queue(worker="w1")
    claims = queue.take(1, 0.0)
    queue.finish(
        claims,
        [
            Score(PersonId("gate", "s1", n), 5, at, nll, None, HERE, HERE, "hash", "1-1")
            for n, nll, at in numbered
        ],
    )
    return claims[0].reference


def test_the_newest_score_per_person_is_shown(road: Stores) -> None:
    """Old scores and unscorable windows do not hide the newest number."""
    now = road.clock.now
    scored(road, [(1, 1.0, now), (1, 2.0, now), (2, 3.0, now), (2, None, now), (3, 4.0, now - 6)])

    assert road.board().latest_nll("gate") == {"gate/s1/1": 2.0, "gate/s1/2": 3.0}
    assert road.board().latest_nll("yard") == {}


def test_a_scored_window_can_be_fetched(road: Stores) -> None:
    """The window behind a score is there after its claim was finished; strangers' are not."""
    reference = scored(road, [])
    board = road.board()

    window = board.fetch("gate", reference)

    assert window is not None
    assert (PersonId("gate", "s1", 1), 5) == (window.person, window.last_seq)
    assert window.joints.shape == (1, 17, 3)
    assert board.fetch("yard", reference) is None
    together = board.fetch_all([("gate", "1-1"), ("gate", reference), ("yard", reference)])
    assert [each and each.last_seq for each in together] == [None, window.last_seq, None]
    assert board.fetch_all([]) == []
    assert board.fetch("gate", "1-1") is None
