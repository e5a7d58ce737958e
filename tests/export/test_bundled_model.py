"""What the bundled model is trained on, and the flags of its training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.bundled_model import OPTIONS, TRAINING, calibrating, held_out_windows, training_set
from export.cli import main
from export.data.clips import Clip
from export.data.ordinary_motion import Motion
from export.data.pose_errors import PoseErrors
from export.extraction.pipeline import crowd_poses
from export.ordinary_people import FPS, Ordinary, captured_clips, crowds, daily_clips
from tracker.simulator.source import Simulation, Stage
from tracker.types import Float32


@pytest.fixture
def errors() -> PoseErrors:
    """A pipeline that trembles by one hundredth of the body's height."""
    rng = np.random.default_rng(0)
    trembling = rng.normal(0, 0.01, (60, 17, 2))
    sure = np.full((60, 17, 1), 0.9)
    run = np.concatenate([trembling, sure], axis=-1).astype(np.float32)
    return PoseErrors((run,), (200.0,))


@pytest.fixture
def motion() -> Motion:
    """Five seconds of a simulated walker, as if captured at 120 frames a second."""
    stage = Stage(Simulation(people=1, fps=120, seed=5))
    return Motion("99_01", stage.bodies_m(600)[:, 0], float(stage.crowd.stature_m[0]), False)


def joints_of(clips: list[Clip]) -> Float32:
    """Return everybody's poses, one after the other."""
    return np.concatenate([one.joints for clip in clips for one in clip.people.values()])


def test_more_crowds_begin_with_the_fewer() -> None:
    """Candidates with more simulated people differ by those alone; nobody plays twice."""
    many = crowds(14)

    assert crowds(6) == many[:6]
    assert len({crowd.seed for crowd in many}) == 14
    assert not any(crowd.events for crowd in many)


def test_a_captured_motion_is_seen_before_many_cameras(motion: Motion, errors: PoseErrors) -> None:
    """Each view is a person of the clip, at the model's rate; the same call gives the same."""
    clips = captured_clips([motion], 6, errors)

    assert [clip.name for clip in clips] == ["cmu_99_01"]
    assert clips[0].fps == FPS
    assert 4 <= len(clips[0].people) <= 6
    assert all(len(one.frames) >= 1.4 * FPS for one in clips[0].people.values())
    np.testing.assert_array_equal(joints_of(clips), joints_of(captured_clips([motion], 6, errors)))


@pytest.mark.slow
def test_daily_life_is_filmed_in_shots(errors: PoseErrors) -> None:
    """A play gives many shots; other seeds give other people."""
    clips, others = daily_clips(2001, 1, errors), daily_clips(3001, 1, errors)

    assert len(clips[0].people) > 15
    assert np.isfinite(joints_of(clips)).all()
    assert joints_of(clips).shape != joints_of(others).shape


@pytest.fixture
def people(motion: Motion, errors: PoseErrors) -> Ordinary:
    """A few people of each kind."""
    filmed = Clip("street", FPS, crowd_poses(Simulation(people=1, seed=3), 5.0, FPS).poses())
    captured = captured_clips([motion], 2, errors)
    return Ordinary([filmed], captured, captured, [filmed], captured)


def test_windows_are_cut_longer_to_be_played_faster(people: Ordinary) -> None:
    """With varied rates windows hold spare poses; the same seed gives the same windows."""
    faster = replace(TRAINING, rate_jitter=0.1)

    windows = training_set(people, faster)

    assert windows.shape[1] > OPTIONS.frames == training_set(people, TRAINING).shape[1]
    np.testing.assert_array_equal(windows, training_set(people, faster))


def test_who_judges_the_seeds_sets_the_threshold_too(people: Ordinary) -> None:
    """Windows of the held-out people are the flow's input; crowds do not calibrate."""
    judges = held_out_windows(people, TRAINING)

    assert judges.poses.shape[1:] == (2, OPTIONS.frames, 18)
    assert calibrating(people) == [*people.filmed, *people.held_out]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--joint-dropout", "2"], "joint_dropout is 2.0; it must lie in 0 … 0.5"),
        (["--seeds", "0"], "--seeds is 0; it must be at least 1"),
    ],
)
def test_an_impossible_setting_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """The error names the value and its range, before anything is extracted."""
    paths = ["--street", "s.avi", "--walkers", "w.mp4", "--capture", "c", "--poses", "p"]

    assert main(["bundle", *paths, "--out", "o", *words]) == 1

    assert message in capsys.readouterr().err


def test_missing_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the videos nothing begins."""
    paths = ["--street", str(tmp_path / "s.avi"), "--walkers", str(tmp_path / "w.mp4")]
    paths += ["--capture", str(tmp_path), "--poses", str(tmp_path), "--extracted"]

    assert main(["bundle", *paths, "--out", str(tmp_path / "o.onnx")]) == 1

    assert "s.avi" in capsys.readouterr().err
