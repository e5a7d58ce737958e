"""One camera's loop while all goes well."""

import time as real_time
from contextlib import ExitStack
from threading import Event

import pytest
from support.camera_rig import Kept, Rig

from tracker.camera import health
from tracker.camera.fair_scheduler import FairScheduler
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.ports import PoseEstimator
from tracker.simulator.source import SimulatedSource, Simulation
from tracker.tracking.carried import CarriedIds
from tracker.types import Float32, Frame, Pose


def test_frames_become_samples_and_views(rig: Rig) -> None:
    """Each frame is pushed once, with its tracks and samples; then the camera has ended."""
    with rig.watching(source=rig.played((range(6), None))):
        rig.until(lambda: bool(rig.kept.statuses) and rig.kept.statuses[-1].state == "ended")

    assert [view.seq for view in rig.kept.views] == list(range(6))
    assert all(len(view.tracks) == 1 for view in rig.kept.views)
    assert [len(one.joints) for one in rig.kept.samples] == [1] * 6
    assert [one.restarts for one in rig.kept.samples] == [True] + [False] * 5
    tally = rig.tally
    assert tally.value("frames_total", camera="gate") == 6
    assert tally.value("windows_total", camera="gate") == 2
    for stage in ("pose", "track", "push"):
        assert tally.observed("stage_duration_seconds", stage=stage)[1] == 6
    assert tally.value("camera_up", camera="gate") == 0


def test_skipped_frames_are_counted(rig: Rig) -> None:
    """Holes in the frame numbers are frames that came too fast for us."""
    with rig.watching(source=rig.played(([0, 1, 4, 5, 9], None))):
        rig.until(lambda: len(rig.kept.views) == 5)

    dropped = rig.tally.value("frames_dropped_total", camera="gate", reason="late")
    assert dropped == 5


def test_the_notes_of_the_source_are_reported(rig: Rig) -> None:
    """The status carries what the source has to say."""
    source = rig.played((range(1), None), notes=("watching the substream",))

    with rig.watching(source=source):
        rig.until(lambda: bool(rig.kept.statuses))

    assert rig.kept.statuses[-1].notes == ("watching the substream",)


@pytest.mark.slow
def test_sources_that_loop_get_a_new_tracker_each_time(rig: Rig) -> None:
    """A new session within one opening starts tracker and grids afresh."""
    sessions: list[str] = []

    def make_tracker(session: str) -> CarriedIds:
        sessions.append(session)
        return CarriedIds()

    stop = Event()
    simulated = SimulatedSource("gate", Simulation(people=2, fps=60, loop=1), stop=stop)
    with rig.watching(source=simulated, make_tracker=make_tracker):
        rig.until(lambda: len(sessions) >= 2)
        stop.set()

    assert len(set(sessions)) == len(sessions)
    assert {view.session for view in rig.kept.views} <= set(sessions)


def test_stop_is_prompt_while_frames_flow(rig: Rig) -> None:
    """A running camera ends soon after it is told to; its last state is live."""
    source = SimulatedSource("gate", Simulation(people=3, fps=30))

    with rig.watching(source=source) as stop:
        rig.until(lambda: bool(rig.kept.statuses) and rig.kept.statuses[-1].fps > 5)
        started_s = real_time.monotonic()
        stop.set()

    assert real_time.monotonic() - started_s < 30
    assert rig.kept.statuses[-1].state == "live"
    assert rig.kept.statuses[-1].fps > 5


def alike(first: int, second: int) -> bool:
    """Whether two cameras looked at frames at the same rate, but for a fifth."""
    return min(first, second) >= 0.8 * max(first, second)


class Slow(PoseEstimator):
    """Takes its time for every frame."""

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:  # noqa: ARG002
        real_time.sleep(0.03)
        return list(frame.poses)


@pytest.mark.slow
def test_cameras_that_share_turns_share_the_rate(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two cameras at one permit look at frames alike, miss none in the counts, and say it once."""
    monkeypatch.setattr(health, "OVERLOADED_AFTER_S", 0.2)
    caplog.set_level("INFO", logger="tracker.camera.loop")
    turns, boards = FairScheduler(1), {name: rig.new_board() for name in ("gate", "yard")}

    with ExitStack() as running:
        for name, board in boards.items():
            source = SimulatedSource(name, Simulation(people=1, fps=60))
            shared = {"window_store": board, "status_store": board, "slot": turns.slot()}
            running.enter_context(rig.watching(name, source=source, estimator=Slow(), **shared))
        rig.until(lambda: all(len(board.views) >= 30 for board in boards.values()))
        rig.until(lambda: alike(*(len(board.views) for board in boards.values())))
        rig.until(lambda: all(board.statuses[-1].overloaded for board in boards.values()))

    for name, board in boards.items():
        _assert_all_counted(rig.tally, name, board)
        assert board.statuses[-1].overloaded
        told = [record for record in caplog.records if getattr(record, "camera", "") == name]
        assert [record.levelname for record in told] == ["WARNING"]


class VerySlow(PoseEstimator):
    """Takes so long for each frame that no window completes."""

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:  # noqa: ARG002
        real_time.sleep(0.6)
        return list(frame.poses)


@pytest.mark.slow
def test_a_camera_too_slow_to_score_anybody_is_not_watched(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is live all the same; the status, its note and the metric say so."""
    monkeypatch.setattr(health, "OVERLOADED_AFTER_S", 0.2)
    source = SimulatedSource("gate", Simulation(people=1, fps=10))

    with rig.watching(source=source, estimator=VerySlow()):
        rig.until(lambda: any(each.too_few_frames for each in rig.kept.statuses))
        rig.until(lambda: rig.tally.value("camera_watched", camera="gate") == 0)

    slow = next(each for each in rig.kept.statuses if each.too_few_frames)
    assert (slow.state, slow.is_watched) == ("live", False)
    assert "too few to score anybody" in slow.notes[-1]


def _assert_all_counted(tally: InMemoryTelemetry, name: str, board: Kept) -> None:
    """Each frame of a camera was either looked at or counted as dropped."""
    late, overload = (
        tally.value("frames_dropped_total", camera=name, reason=reason)
        for reason in ("late", "overload")
    )
    last = board.views[-1].seq
    assert late + overload + len(board.views) == pytest.approx(last + 1, abs=3)
    assert tally.observed("capture_to_push_seconds", camera=name)[1] == len(board.views)
