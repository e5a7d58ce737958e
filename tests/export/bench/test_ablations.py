"""The ablations: what the variants compute, and that the bench measures them fairly."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from export.bench.ablations import DRAWS, drawn_gains
from export.bench.model.disturb import GUESSED_SHARE, GUESSED_SURENESS, guessed, half_rate, jittered
from export.bench.model.flow import untrained
from export.bench.variants import RECENT, VARIANTS, Evidence, evidence, prototypes, two_lengths
from export.cli import main
from export.data.clips import Clip
from export.data.segments import Segments, live_segments
from export.evaluation.metrics import Truth
from export.evaluation.protocols import FrameScores
from export.flow.checkpoint import save_checkpoint
from inference.flow_input import normalize
from tracker.sources.pose_file import PersonPoses

from ..conftest import write_clip


def walker(frames: int, seed: int) -> PersonPoses:
    """Somebody who shivers on the spot, about 100 px high."""
    chance = np.random.default_rng(seed)
    body = chance.normal(0, (20, 50, 0), (1, 17, 3)) + 300
    joints = (body + chance.normal(0, 1, (frames, 17, 3))).astype(np.float32)
    joints[..., 2] = chance.uniform(0.5, 1, joints.shape[:2])
    return PersonPoses(np.arange(frames), joints)


@pytest.fixture
def clip() -> Clip:
    """Two people for two seconds."""
    return Clip("one", 24.0, {1: walker(48, 1), 2: walker(48, 2)})


def some_evidence(segments: Segments) -> Evidence:
    """What an untrained flow says of windows."""
    flow = untrained(segments.frames).flow()
    return evidence(flow, segments, prototypes(flow, segments, number=4))


def test_evidence_scores_windows_as_the_flow_does(clip: Clip) -> None:
    """The likelihood is the flow's nll; whoever is a prototype is no distance away."""
    segments = live_segments([clip], 24)
    flow = untrained(24).flow()

    with torch.inference_mode():
        windows = torch.as_tensor(normalize(segments.joints()))
        latents, likelihood = flow(windows)[0].flatten(1), flow.nll(windows)
    found = evidence(flow, segments, latents)

    np.testing.assert_allclose(found.likelihood, likelihood, rtol=1e-5)
    assert found.distance.max() < 1e-2
    assert found.sureness.mean() == pytest.approx(0.75, abs=0.05)


def test_every_variant_is_causal(clip: Clip) -> None:
    """Later windows never change an earlier score."""
    segments = live_segments([clip], 24)
    found = some_evidence(segments)
    early = np.flatnonzero(segments.last_frame < 36)
    cut = Evidence(*(getattr(found, name)[early] for name in Evidence.__slots__))

    for name, variant in VARIANTS.items():
        whole = variant(found, segments, 24.0)
        np.testing.assert_allclose(
            variant(cut, segments.take(early), 24.0), whole[early], rtol=1e-5, err_msg=name
        )


def test_recent_windows_are_a_persons_own(clip: Clip) -> None:
    """The mean over the last windows never mixes people, and of one window it is that window."""
    segments = live_segments([clip], 24)
    found = some_evidence(segments)

    scores = VARIANTS[f"mean of the last {RECENT} windows"](found, segments, 24.0)

    for person in (1, 2):
        rows = np.flatnonzero(segments.person == person)
        assert scores[rows[0]] == pytest.approx(found.likelihood[rows[0]])
        assert scores[rows[-1]] == pytest.approx(found.likelihood[rows[-RECENT:]].mean(), rel=1e-5)


def test_two_lengths_meet_at_the_same_pose(clip: Clip) -> None:
    """A long window is averaged with the short one that ends where it ends."""
    long, short = live_segments([clip], 24), live_segments([clip], 16)

    both = two_lengths(
        long,
        long.last_frame.astype(np.float32),
        short,
        (10 * short.last_frame + short.person).astype(np.float32),
    )

    np.testing.assert_allclose(both, (11 * long.last_frame + long.person) / 2)


def test_disturbances_do_what_they_say(clip: Clip) -> None:
    """Jitter moves all joints a little, guesses some a lot, half the rate keeps the length."""
    before = clip.people[1].joints
    moved = jittered(clip).people[1].joints - before
    doubtful = guessed(clip).people[1].joints[..., 2] == np.float32(GUESSED_SURENESS)

    assert 0 < np.abs(moved[..., :2]).mean() < 5
    assert np.all(moved[..., 2] == 0)
    assert doubtful.mean() == pytest.approx(GUESSED_SHARE, abs=0.03)
    assert len(half_rate(clip).people[1].frames) == pytest.approx(48, abs=1)


def test_gains_are_those_of_drawn_clips() -> None:
    """Over whole data sets counted pair by pair, the AUROC is scikit-learn's."""
    chance = np.random.default_rng(3)
    bounds = np.array([0, 40, 90, 120])
    abnormal = chance.random(120) < 0.4
    ours = FrameScores(chance.random(120) + abnormal, np.ones(120, bool), bounds)
    base = FrameScores(np.round(chance.random(120), 1), np.ones(120, bool), bounds)
    truth = Truth(abnormal, bounds, ("a", "b", "c"), ("s", "s", "s"), np.full(3, 24.0))

    gains = drawn_gains(ours, base, truth)

    whole = roc_auc_score(abnormal, ours.values) - roc_auc_score(abnormal, base.values)
    assert len(gains) == DRAWS
    assert gains.min() <= whole <= gains.max()
    assert gains.mean() == pytest.approx(whole, abs=0.05)
    np.testing.assert_array_equal(drawn_gains(base, base, truth), 0)


@pytest.mark.slow
def test_the_command_measures_every_variant(
    tmp_path: Path, clip: Clip, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a folder with labels each variant and disturbance gets a row."""
    save_checkpoint(untrained(24), tmp_path / "flow.pt")
    for split, people in (("train", clip.people), ("test", {1: walker(200, 7)})):
        write_clip(tmp_path / "pose" / split, Clip(split, 24.0, people))
    (tmp_path / "gt").mkdir()
    np.save(tmp_path / "gt" / "test.npy", np.arange(200) >= 100)

    words = ["bench", "ablations", "--dataset", "folder", "--root", str(tmp_path)]
    words += ["--checkpoint", str(tmp_path / "flow.pt"), "--poses-fps", "24", "--json"]
    assert main([*words, "--disturb", "none", "jitter"]) == 0

    rows = json.loads(capsys.readouterr().out)
    assert [row["variant"] for row in rows] == 2 * list(VARIANTS)
    assert all(0 <= row["auroc"][0] <= 1 for row in rows)
