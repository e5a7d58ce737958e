from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from export.data.clips import Clip
from export.data.datasets import Dataset
from export.flow.options import FlowOptions
from export.training.options import TrainOptions
from export.training.settings import DataOptions
from export.training.windows import (
    cut,
    flow_input,
    normal_dataset,
    read_clips,
    validation_rows,
)
from tracker.errors import BadPoses

SMALL = FlowOptions(frames=8, steps=2)


def one_clip(clip: Clip) -> Dataset:
    """Return a data set of one clip of normal people."""
    return normal_dataset([clip], 24.0)


def test_windows_begin_at_every_stride(people: Callable[..., Clip]) -> None:
    """20 poses, T = 8, stride 6: starts 0 and 6."""
    segments, windows = cut(one_clip(people(20)), SMALL, TrainOptions())

    assert segments.first_frame.tolist() == [0, 6]
    assert windows.poses.shape == (2, 2, 8, 18)
    assert (windows.sign, windows.weight) == (None, None)


def test_too_short_clips_are_named_as_the_reason(people: Callable[..., Clip]) -> None:
    """Nobody in view for a window is an error that says so."""
    with pytest.raises(BadPoses, match="9 frames"):
        cut(one_clip(people(5)), SMALL, TrainOptions())


def test_unsure_windows_are_left_out(people: Callable[..., Clip]) -> None:
    """Below the wanted mean confidence nothing is learnt from; if that is all, it is an error."""
    clip = people(20)
    clip.people[1].joints[:8, :, 2] = 0.6

    _, windows = cut(one_clip(clip), SMALL, TrainOptions(min_confidence=0.7))

    assert len(windows) == 1
    with pytest.raises(BadPoses, match=r"min_confidence 0\.9"):
        cut(one_clip(clip), SMALL, TrainOptions(min_confidence=0.9))


def test_unseen_joints_are_left_out(people: Callable[..., Clip]) -> None:
    """What the service would not score is not trained on."""
    clip = people(20)
    clip.people[1].joints[:8, :, 2] = 0.1

    assert len(cut(one_clip(clip), SMALL, TrainOptions())[1]) == 1


def test_the_least_sure_joint_weighs_a_window(people: Callable[..., Clip]) -> None:
    """One number per window, where the options ask for it."""
    clip = people(20)
    clip.people[1].joints[2, 5, 2] = 0.4

    _, windows = cut(one_clip(clip), SMALL, TrainOptions(confidence_weight=True))

    assert windows.weight is not None
    torch.testing.assert_close(windows.weight, torch.tensor([0.4, 0.8]))


def test_the_input_holds_what_the_options_ask_for(people: Callable[..., Clip]) -> None:
    """Confidence is a third channel; headless bodies have 13 joints."""
    joints = people(8).people[1].joints[None]

    shape = flow_input(joints, FlowOptions(frames=8, confidence=True, headless=True)).shape

    assert shape == (1, 3, 8, 13)


def test_abnormal_windows_teach_only_when_supervised(labelled: Path) -> None:
    """Unsupervised, windows with an abnormal pose are left out; supervised, they lie at -R."""
    dataset = read_clips(DataOptions(root=labelled))
    training = TrainOptions(stride=1)

    normal, plain = cut(dataset, SMALL, training)
    everything, signed = cut(dataset, SMALL, training, supervised=True)

    assert (normal.last_frame < 20).all()
    assert plain.sign is None
    assert signed.sign is not None
    middles = everything.first_frame + 4
    np.testing.assert_array_equal(signed.sign.numpy() < 0, middles > 20)


def test_folders_of_poses_are_brought_to_the_models_rate(poses: Path) -> None:
    """Poses of 12 frames/s become twice as many at 24."""
    dataset = read_clips(DataOptions(poses=(poses,), poses_fps=12.0, fps=24.0))

    assert [len(clip.people[1].frames) for clip in dataset.clips] == [79, 79]
    assert dataset.fps == 24.0


@pytest.mark.parametrize(("share", "whole"), [(0.5, "clip"), (0.1, "person")])
def test_whole_clips_or_whole_people_judge(
    people: Callable[..., Clip], share: float, whole: str
) -> None:
    """No clip, or no person where there are few clips, has windows on both sides."""
    clips = [people(30, 30, 30, name=name) for name in "abcd"]
    training = TrainOptions(stride=1, validation=share)
    segments, _ = cut(normal_dataset(clips, 24.0), SMALL, training)

    learning, judging = validation_rows(segments, training)

    assert sorted([*learning, *judging]) == list(range(len(segments)))
    owners = segments.clip if whole == "clip" else segments.clip * 10 + segments.person
    assert not set(owners[learning]) & set(owners[judging])
    assert len(set(owners[judging])) == {"clip": 2, "person": 1}[whole]
    again = validation_rows(segments, training)[1]
    np.testing.assert_array_equal(judging, again)
    others = [validation_rows(segments, replace(training, seed=n))[1] for n in range(1, 9)]
    assert any(not np.array_equal(judging, other) for other in others)


def test_one_person_cannot_both_train_and_judge(people: Callable[..., Clip]) -> None:
    """The error says what to leave out."""
    training = TrainOptions(validation=0.1)
    segments, _ = cut(one_clip(people(30)), SMALL, training)

    with pytest.raises(BadPoses, match="leave --validation out"):
        validation_rows(segments, training)
