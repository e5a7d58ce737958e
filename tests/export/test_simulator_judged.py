"""An outside judge of the simulator: the checkpoint that its people never trained."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from export.flow.checkpoint import load_checkpoint
from inference.flow_input import normalize
from tracker.resampling import resample
from tracker.simulator.source import Recording, Simulation, simulate
from tracker.types import Float32

SEEDS = range(3)
MODEL_FPS, T = 24.0, 24


@pytest.fixture(scope="module")
def judged(shared: Path) -> list[tuple[NDArray[np.float32], NDArray[np.int_]]]:
    """Per seed: nll of every third window and its label, 1 abnormal, 0 normal, -1 neither."""
    flow = load_checkpoint(shared / "reference" / "ShanghaiTech_85_9.tar").flow()
    found = []
    for seed in SEEDS:
        plan = {"people": "4", "seed": str(seed), "events": "fall@20,run@45,fight@70"}
        windows, labels = zip(*windows_of(simulate(Simulation.parse(plan), 90)), strict=True)
        x = torch.from_numpy(normalize(np.concatenate(windows)))
        with torch.inference_mode():
            found.append((flow.nll(x).numpy(), np.concatenate(labels)))
    return found


def windows_of(recording: Recording) -> Iterator[tuple[Float32, NDArray[np.int_]]]:
    """Yield each person's windows with their labels.

    A window is abnormal with half a second of the motion in it; lying and rising are neither.
    """
    for number, joints in enumerate(recording.joints.swapaxes(0, 1), start=1):
        poses = resample(joints, recording.fps, MODEL_FPS)
        windows = np.lib.stride_tricks.sliding_window_view(poses, T, axis=0)[::3]
        start_s = np.arange(len(windows)) * 3 / MODEL_FPS
        end_s = start_s + (T - 1) / MODEL_FPS
        labels = np.zeros(len(windows), dtype=np.int_)
        for episode in recording.episodes:
            if episode.person == number:
                shared_s = np.minimum(end_s, episode.end_s) - np.maximum(start_s, episode.start_s)
                labels[(end_s > episode.start_s) & (start_s < episode.normal_again_s)] = -1
                labels[shared_s >= 0.5] = 1
        yield windows.transpose(0, 3, 1, 2), labels


def auroc(positive: NDArray[np.float32], negative: NDArray[np.float32]) -> float:
    """The chance that a positive scores higher than a negative."""
    ranks = np.concatenate([positive, negative]).argsort().argsort() + 1
    n = len(positive)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * len(negative)))


@pytest.mark.shared
@pytest.mark.slow
def test_misbehaviour_is_told_from_walking(judged: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """The released checkpoint separates the abnormal episodes of every seed."""
    for nll, labels in judged:
        assert auroc(nll[labels == 1], nll[labels == 0]) >= 0.9


@pytest.mark.shared
@pytest.mark.slow
def test_walking_is_as_usual_as_real_walking(judged: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Real pedestrians at 24 fps have median 0.86 and a 99 % quantile of 1.25 bits/dimension."""
    normal = np.concatenate([nll[labels == 0] for nll, labels in judged])

    assert 0.75 < np.median(normal) < 0.95
    assert 0.95 < np.quantile(normal, 0.99) < 1.3
