"""One camera's loop."""

import threading
import time as real_time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tracker import camera, retry, vitals
from tracker.camera import Parts, watch
from tracker.errors import CameraLost, ModelMismatch, StoreUnavailable
from tracker.given import GivenIds, GivenPoses
from tracker.options import WindowOptions
from tracker.ports import FrameSource, PoseEstimator, StatusBoard, WindowStore
from tracker.simulator import SimulatedSource, Simulation
from tracker.telemetry import Tally
from tracker.turns import Turns
from tracker.types import CameraStatus, Float32, Frame, FrameView, Pose, Samples

BODY = Pose(np.ones((17, 3), np.float32), np.zeros(4, np.float32), 1)


class Scripted(FrameSource):
    """Each opening plays the next scene: frame numbers, then an error or the end."""

    def __init__(self, *scenes: tuple[Sequence[int], Exception | None]) -> None:
        self._scenes = list(scenes)
        self.opened = 0

    def __iter__(self) -> Iterator[Frame]:
        self.opened += 1
        seqs, error = self._scenes.pop(0)
        for seq in seqs:
            at = 1.79e9 + seq / 24
            yield Frame("gate", f"s{self.opened}", seq, at, 64, 48, poses=(BODY,))
        if error is not None:
            raise error


class Kept(WindowStore, StatusBoard):
    """Keeps what it is told; may be out of order for a while."""

    def __init__(self) -> None:
        self.views: list[FrameView] = []
        self.samples: list[Samples] = []
        self.statuses: list[CameraStatus] = []
        self.down_for = 0

    def push(self, view: FrameView, samples: Sequence[Samples]) -> int:
        if self.down_for:
            self.down_for -= 1
            raise StoreUnavailable("no answer")
        self.views.append(view)
        self.samples += samples
        return sum(one.due for one in samples)

    def report(self, status: CameraStatus) -> None:
        self.statuses.append(status)
        if len(self.statuses) == 1:
            raise StoreUnavailable("no answer")


@pytest.fixture
def kept() -> Kept:
    """Store and board in one."""
    return Kept()


@pytest.fixture
def parts(kept: Kept) -> Parts:
    """A camera without a source yet."""
    return Parts(
        source=Scripted(),
        estimator=GivenPoses(),
        make_tracker=lambda _session: GivenIds(),
        windows=WindowOptions(),
        store=kept,
        board=kept,
        telemetry=Tally(),
    )


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries and reports follow fast, so that the tests need not wait."""
    monkeypatch.setattr(retry, "FIRST_RETRY_S", 0.002)
    monkeypatch.setattr(camera, "REPORT_EVERY_S", 0.02)


@contextmanager
def watching(parts: Parts) -> Iterator[threading.Event]:
    """Run the loop in a thread; it must end soon after it is told to stop."""
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=("gate", parts, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread to make something true."""
    deadline_s = real_time.monotonic() + 5
    while not condition():
        assert real_time.monotonic() < deadline_s, "it never came true"
        real_time.sleep(0.005)


def test_frames_become_samples_and_views(parts: Parts, kept: Kept) -> None:
    """Each frame is pushed once, with its tracks and samples; then the camera has ended."""
    with watching(replace(parts, source=Scripted((range(6), None)))):
        until(lambda: bool(kept.statuses) and kept.statuses[-1].state == "ended")

    assert [view.seq for view in kept.views] == list(range(6))
    assert all(len(view.tracks) == 1 for view in kept.views)
    assert [len(one.joints) for one in kept.samples] == [1] * 6
    assert [one.restarts for one in kept.samples] == [True] + [False] * 5
    tally: Any = parts.telemetry
    assert tally.value("frames_total", camera="gate") == 6
    assert tally.value("windows_total", camera="gate") == 2
    for stage in ("pose", "track", "push"):
        assert tally.observed("stage_duration_seconds", stage=stage)[1] == 6
    assert tally.value("camera_up", camera="gate") == 0


def test_skipped_frames_are_counted(parts: Parts, kept: Kept) -> None:
    """Holes in the frame numbers are frames that came too fast for us."""
    with watching(replace(parts, source=Scripted(([0, 1, 4, 5, 9], None)))):
        until(lambda: len(kept.views) == 5)

    dropped = parts.telemetry.value("frames_dropped_total", camera="gate", reason="late")  # type: ignore[attr-defined]
    assert dropped == 5


def test_a_lost_source_is_opened_again(parts: Parts, kept: Kept) -> None:
    """Each reconnect is counted with its reason and begins a new session, with new people."""
    lost = CameraLost("gate closed the stream", reason="closed")
    source = Scripted((range(3), lost), ((), CameraLost("no", reason="refused")), (range(3), None))

    with watching(replace(parts, source=source)):
        until(lambda: len(kept.views) == 6)
        until(lambda: kept.statuses[-1].state == "ended")

    assert {one.person.session for one in kept.samples} == {"s1", "s3"}
    assert [one.restarts for one in kept.samples] == [True, False, False] * 2
    tally: Any = parts.telemetry
    assert tally.value("camera_reconnects_total", camera="gate", reason="closed") == 1
    assert tally.value("camera_reconnects_total", camera="gate", reason="refused") == 1
    assert kept.statuses[-1].reconnects == 2


def test_while_lost_the_reason_is_told(
    parts: Parts, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the camera waits for its next try, its status says lost and why."""
    monkeypatch.setattr(retry, "FIRST_RETRY_S", 30)
    source = Scripted(((), CameraLost("gate did not open", reason="refused")))

    with watching(replace(parts, source=source)):
        until(lambda: bool(kept.statuses) and kept.statuses[-1].state == "lost")

    assert kept.statuses[-1].reason == "gate did not open"


def test_a_source_that_falls_silent_is_stalled(
    parts: Parts, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence of an open source is told as such; one that never gave a frame is lost."""
    monkeypatch.setattr(retry, "FIRST_RETRY_S", 0.1)
    silence = CameraLost("no frame for 3 s", reason="timeout")
    source = Scripted((range(3), silence), ((), silence), ((), None))

    with watching(replace(parts, source=source)):
        until(lambda: bool(kept.statuses) and kept.statuses[-1].state == "ended")

    states = [status.state for status in kept.statuses]
    assert "stalled" in states
    assert "lost" in states[states.index("stalled") :]


def test_what_the_source_remarks_is_noted(parts: Parts, kept: Kept) -> None:
    """The status carries what the source has to say."""

    class Talking(Scripted):
        def remarks(self) -> tuple[str, ...]:
            return ("watching the substream",)

    with watching(replace(parts, source=Talking((range(1), None)))):
        until(lambda: bool(kept.statuses))

    assert kept.statuses[-1].notes == ("watching the substream",)


def test_a_store_without_answer_costs_samples_only(parts: Parts, kept: Kept) -> None:
    """The loop goes on; the samples after the hole restart the person's window."""
    kept.down_for = 2

    with watching(replace(parts, source=Scripted((range(5), None)))):
        until(lambda: len(kept.views) == 3)

    assert [one.restarts for one in kept.samples] == [True, False, False]
    assert parts.telemetry.value("store_errors_total", role="camera") == 3  # type: ignore[attr-defined]


def test_a_fatal_error_ends_the_frames_not_the_reports(parts: Parts, kept: Kept) -> None:
    """A camera that cannot go on is told as lost, with its reason, for as long as we run."""
    source = Scripted((range(1), ModelMismatch("wrong weights")))

    with watching(replace(parts, source=source)):
        until(lambda: bool(kept.statuses) and kept.statuses[-1].state == "lost")
        told = len(kept.statuses)
        until(lambda: len(kept.statuses) > told + 2)

    assert source.opened == 1
    assert kept.statuses[-1].reason == "wrong weights"


def test_a_bug_met_on_one_frame_is_survived(parts: Parts, kept: Kept) -> None:
    """An unexpected error is logged and the source opened again, like a lost one."""

    class Stumbling(PoseEstimator):
        stumbled = False

        def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:  # noqa: ARG002
            if not self.stumbled:
                self.stumbled = True
                raise ZeroDivisionError("secret detail")
            return list(frame.poses)

    source = Scripted((range(3), None), (range(3), None))
    with watching(replace(parts, source=source, estimator=Stumbling())):
        until(lambda: len(kept.views) == 3)

    assert kept.views[0].session == "s2"
    assert not any("secret" in (status.reason or "") for status in kept.statuses)


def test_sources_that_loop_get_a_new_tracker_each_time(parts: Parts, kept: Kept) -> None:
    """A new session within one opening starts tracker and grids afresh."""
    sessions: list[str] = []

    def make_tracker(session: str) -> GivenIds:
        sessions.append(session)
        return GivenIds()

    stop = threading.Event()
    simulated = SimulatedSource("gate", Simulation(people=2, fps=60, loop=1), stop=stop)
    with watching(replace(parts, source=simulated, make_tracker=make_tracker)):
        until(lambda: len(sessions) == 2)
        stop.set()

    assert len(set(sessions)) == len(sessions)
    assert {view.session for view in kept.views} <= set(sessions)


def test_stop_is_prompt_while_frames_flow(parts: Parts, kept: Kept) -> None:
    """A running camera ends within a second of being told to; its last state is live."""
    source = SimulatedSource("gate", Simulation(people=3, fps=30))

    with watching(replace(parts, source=source)) as stop:
        until(lambda: len(kept.views) > 3 and kept.statuses[-1].state == "live")
        started_s = real_time.monotonic()
        stop.set()

    assert real_time.monotonic() - started_s < 1
    assert kept.statuses[-1].state == "live"
    assert kept.statuses[-1].fps > 5


class Slow(PoseEstimator):
    """Takes its time for every frame."""

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:  # noqa: ARG002
        real_time.sleep(0.03)
        return list(frame.poses)


@pytest.mark.slow
def test_cameras_that_share_turns_share_the_rate(
    parts: Parts, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two cameras at one permit look at frames alike, miss none in the counts, and say it once."""
    monkeypatch.setattr(vitals, "OVERLOADED_AFTER_S", 0.2)
    caplog.set_level("INFO", logger="tracker.camera")
    turns, stop = Turns(1), threading.Event()
    boards = {name: Kept() for name in ("gate", "yard")}
    threads = [
        threading.Thread(
            target=watch,
            args=(
                name,
                replace(
                    parts,
                    source=SimulatedSource(name, Simulation(people=1, fps=60), stop=stop),
                    estimator=Slow(),
                    store=board,
                    board=board,
                    seat=turns.seat(),
                ),
                stop,
            ),
        )
        for name, board in boards.items()
    ]
    for thread in threads:
        thread.start()
    try:
        until(lambda: all(len(board.views) >= 30 for board in boards.values()))
    finally:
        stop.set()
        for thread in threads:
            thread.join(5)

    looked = [len(board.views) for board in boards.values()]
    assert min(looked) >= 0.8 * max(looked)
    for name, board in boards.items():
        tally: Any = parts.telemetry
        late, overload = (
            tally.value("frames_dropped_total", camera=name, reason=reason)
            for reason in ("late", "overload")
        )
        last = board.views[-1].seq
        assert late + overload + len(board.views) == pytest.approx(last + 1, abs=3)
        assert tally.observed("capture_to_push_seconds", camera=name)[1] == len(board.views)
        assert board.statuses[-1].overloaded
        told = [record for record in caplog.records if getattr(record, "camera", "") == name]
        assert [record.levelname for record in told] == ["WARNING"]
