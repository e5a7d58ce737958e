"""The chain table: who is lost at which stage."""

from collections.abc import Sequence

import numpy as np
from support.event_clips import event_clip

from export.bench.events.chain import chain, identity, phase_of, stages_passed
from export.bench.events.record import ClipRecord, FrameRecord
from tracker.types import NO_BOXES, PersonId, Pose, Track

POSE = Pose(np.zeros((17, 3), np.float32), np.zeros(4, np.float32))


def _frame(at: float, *, score: float | None = None, people: Sequence[int] = ()) -> FrameRecord:
    boxes = [[0, 0, 1, 1, score]] if score is not None else []
    seen = np.array(boxes, np.float32).reshape(-1, 5)
    gated = seen[seen[:, 4] > 0.2]
    tracks = tuple(Track(PersonId("c", "s", number), 0, at, POSE) for number in people)
    return FrameRecord(
        0, at, {"detected": seen, "gated": gated}, NO_BOXES, (POSE,) * len(people), {}, tracks
    )


def _record(*frames: FrameRecord) -> ClipRecord:
    return ClipRecord(0.0, 10.0, 100, 100, (), frames)


def test_phases_meet_without_a_gap() -> None:
    """The held picture belongs to none; start and floor belong to the fall."""
    moments_s = (-0.1, 0.0, 1.9, 2.0, 3.0, 3.1)

    found = [phase_of(moment_s, (2.0, 3.0)) for moment_s in moments_s]

    assert found == [None, "before", "before", "during", "during", "after"]


def test_a_faint_box_passes_the_lower_stages_alone() -> None:
    """Three thresholds, the gate, pose and track are told apart."""
    passed = stages_passed(_frame(0.0, score=0.3))

    assert [name for name, good in passed.items() if good] == ["box_0.05", "box_0.2", "gated"]


def test_shares_are_of_the_phase_s_frames() -> None:
    """Of four frames after the floor one is tracked; clips without times count nowhere."""
    frames = [_frame(1.0 + n / 10, score=0.6, people=[1] if n == 0 else []) for n in range(4)]
    timed = (event_clip("fall", 0.2, 0.5), _record(*frames))
    untimed = (event_clip("fight", None, None), _record(*frames))

    found = chain([timed, untimed])

    assert found["clips"] == 1
    assert found["after"] == {
        "frames": 4, "box_0.05": 1.0, "box_0.2": 1.0, "box_0.5": 1.0,
        "gated": 1.0, "pose": 0.25, "tracked": 0.25,
    }  # fmt: skip
    assert found["before"]["tracked"] is None


def test_identity_is_kept_by_the_same_number_only() -> None:
    """Who was followed in the last second before must be followed after."""
    times_s = (2.0, 3.0)
    same = _record(_frame(1.5, people=[1]), _frame(3.5, people=[2, 1]))
    other = _record(_frame(1.5, people=[1]), _frame(3.5, people=[2]))
    early = _record(_frame(0.5, people=[1]), _frame(3.5, people=[1]))

    assert identity(same, times_s).kept
    assert not identity(other, times_s).kept
    assert not identity(early, times_s).before
