"""The data sets' readers and windows against the method's released results."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support.evaluate import Published

from export.data.datasets import Dataset, read_dataset
from export.data.segments import Segments, published_segments
from export.flow.checkpoint import load_checkpoint
from inference.flow_input import normalize, with_neck

pytestmark = pytest.mark.shared


def read(published: Published) -> tuple[Dataset, Segments]:
    """Read the synthetic clips and cut them as published."""
    dataset = read_dataset(published.dataset, published.root, "test")
    return dataset, published_segments(dataset.clips, published.facts["seg_len"], 1)


@pytest.mark.slow
def test_windows_are_the_published_ones(published: Published) -> None:
    """Which windows there are, in which order, and every number in them agree."""
    dataset, segments = read(published)

    places = [
        (dataset.labelled[clip].scene, dataset.labelled[clip].number) for clip in segments.clip
    ]
    ends = zip(segments.person.tolist(), segments.first_frame.tolist(), strict=True)
    metadata = [
        (scene, clip, str(person), str(first))
        for (scene, clip), (person, first) in zip(places, ends, strict=True)
    ]
    assert metadata == [tuple(row) for row in published.arrays["metadata"].tolist()]
    joints = segments.joints(slice(64))
    confidence = with_neck(joints)[..., 2][:, None]  # (N, 1, T, 18)
    windows = np.concatenate([normalize(joints), confidence], axis=1)
    np.testing.assert_allclose(windows, published.arrays["windows"], rtol=0, atol=1e-5)


@pytest.mark.slow
def test_windows_score_as_published(published: Published) -> None:
    """Every window's score is the negative of the published normality.

    By the literal graph product: its float32 roundings are the published ones. The mean of joints,
    which serves, rounds elsewhere; on sums of 600 terms that shows in the fourth decimal.
    """
    _, segments = read(published)
    checkpoint = load_checkpoint(published.checkpoint)

    with torch.inference_mode():
        windows = torch.as_tensor(normalize(segments.joints()))
        literal = checkpoint.flow(product="einsum").nll(windows)
        mean = checkpoint.flow().nll(windows)

    normality = published.arrays["normality"]
    assert checkpoint.options.prior_mean == published.facts["R"]
    np.testing.assert_allclose(-literal.numpy(), normality, rtol=0, atol=1e-4)
    np.testing.assert_allclose(-mean.numpy(), normality, rtol=2e-5, atol=1e-4)


def test_frames_that_count_are_the_published_ones(published: Published) -> None:
    """The scored clips' masks are as long as the published series of frames."""
    dataset, _ = read(published)

    frames = sum(len(one.abnormal) for one in dataset.labelled if one.scored)

    assert frames == published.facts["frames"]


@pytest.mark.slow
def test_aihub_reads_by_its_table(shared: Path) -> None:
    """Windows and frames are as many as the reference's; a clip without truth is not trained on."""
    root = shared / "data" / "aihub"

    test, train = read_dataset("aihub", root, "test"), read_dataset("aihub", root, "train")

    assert len(test.labelled) == 22
    assert sum(len(one.abnormal) for one in test.labelled) == 79_173
    assert len(published_segments(test.clips, 24, 1)) == 76_330
    assert len(train.labelled) == 11
    assert [note.split()[2] for note in train.notes] == ["C021_A20_SY15_P01_S01_01DAS:"]
    assert (test.labelled[0].scene, test.labelled[0].number) == ("15_03", "021_17_01_01NBS")
