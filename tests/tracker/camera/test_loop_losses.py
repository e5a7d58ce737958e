"""One camera's loop when its source, its estimator or the store fails."""

import pytest
from support.camera_rig import Rig

from tracker.errors import CameraLost, ModelMismatch
from tracker.ports import PoseEstimator
from tracker.sources import retry_policy
from tracker.types import Float32, Frame, Pose


def test_a_lost_source_is_opened_again(rig: Rig) -> None:
    """Each reconnect is counted with its reason and begins a new session, with new people."""
    lost = CameraLost("gate closed the stream", reason="closed")
    source = rig.played(
        (range(3), lost), ((), CameraLost("no", reason="refused")), (range(3), None)
    )

    with rig.watching(source=source):
        rig.until(lambda: len(rig.kept.views) == 6)
        rig.until(lambda: rig.kept.statuses[-1].state == "ended")

    assert {one.person.session for one in rig.kept.samples} == {"s1", "s3"}
    assert [one.restarts for one in rig.kept.samples] == [True, False, False] * 2
    tally = rig.tally
    assert tally.value("camera_reconnects_total", camera="gate", reason="closed") == 1
    assert tally.value("camera_reconnects_total", camera="gate", reason="refused") == 1
    assert rig.kept.statuses[-1].reconnects == 2


def test_while_lost_the_reason_is_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the camera waits for its next try, its status says lost and why."""
    monkeypatch.setattr(retry_policy, "FIRST_RETRY_S", 30)
    source = rig.played(((), CameraLost("gate did not open", reason="refused")))

    with rig.watching(source=source):
        rig.until(lambda: bool(rig.kept.statuses) and rig.kept.statuses[-1].state == "lost")

    assert rig.kept.statuses[-1].reason == "gate did not open"


def test_a_source_that_falls_silent_is_stalled(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence of an open source is told as such; one that never gave a frame is lost."""
    monkeypatch.setattr(retry_policy, "FIRST_RETRY_S", 0.1)
    silence = CameraLost("no frame for 3 s", reason="timeout")
    source = rig.played((range(3), silence), ((), silence), ((), None))

    with rig.watching(source=source):
        rig.until(lambda: bool(rig.kept.statuses) and rig.kept.statuses[-1].state == "ended")

    states = [status.state for status in rig.kept.statuses]
    assert "stalled" in states
    assert "lost" in states[states.index("stalled") :]


def test_a_store_without_answer_costs_samples_only(rig: Rig) -> None:
    """The loop goes on; the samples after the hole restart the person's window."""
    rig.kept.down_for = 2

    with rig.watching(source=rig.played((range(5), None))):
        rig.until(lambda: len(rig.kept.views) == 3)

    assert [one.restarts for one in rig.kept.samples] == [True, False, False]
    assert rig.tally.value("store_errors_total", role="camera") == 3
    assert rig.tally.value("samples_dropped_total", camera="gate", reason="store") == 2


def test_a_fatal_error_ends_the_frames_not_the_reports(rig: Rig) -> None:
    """A camera that cannot go on is told as lost, with its reason, for as long as we run."""
    source = rig.played((range(1), ModelMismatch("wrong weights")))

    with rig.watching(source=source):
        rig.until(lambda: bool(rig.kept.statuses) and rig.kept.statuses[-1].state == "lost")
        told = len(rig.kept.statuses)
        rig.until(lambda: len(rig.kept.statuses) > told + 2)

    assert source.opened == 1
    assert rig.kept.statuses[-1].reason == "wrong weights"


def test_a_bug_met_on_one_frame_is_survived(rig: Rig) -> None:
    """An unexpected error is logged and the source opened again, like a lost one."""

    class Stumbling(PoseEstimator):
        stumbled = False

        def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:  # noqa: ARG002
            if not self.stumbled:
                self.stumbled = True
                raise ZeroDivisionError("secret detail")
            return list(frame.poses)

    source = rig.played((range(3), None), (range(3), None))
    with rig.watching(source=source, estimator=Stumbling()):
        rig.until(lambda: len(rig.kept.views) == 3)

    assert rig.kept.views[0].session == "s2"
    assert not any("secret" in (status.reason or "") for status in rig.kept.statuses)
