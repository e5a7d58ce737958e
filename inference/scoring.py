"""Scores windows with the flow; says why a window has no score."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from inference.card import ModelCard
from inference.eligibility import rejection_reasons
from inference.flow_input import normalize
from inference.ports import FlowModel, ScoreResult
from inference.types import Unscorable
from tracker.resampling import resample, resampled_length
from tracker.skeleton import COCO_MIRROR
from tracker.types import Float32

WindowScores: TypeAlias = list[tuple[float | None, Unscorable | None]]


def score_windows(flow: FlowModel, joints: Float32) -> WindowScores:
    """Score windows; each comes back with a finite nll or with the reason why it has none.

    Args:
        joints: float32 (N, T, 17, 3), COCO-17 order: x_px, y_px, confidence.
    """
    return score_batch(flow, joints)[0]


def score_batch(flow: FlowModel, joints: Float32) -> tuple[WindowScores, str]:
    """Score windows as `score_windows` does; return the provider beside the scores.

    Returns:
        the scores; the execution provider that computed them, empty when none could be computed.
    """
    reasons = rejection_reasons(joints, fps=flow.card.fps)
    rows = [row for row, reason in enumerate(reasons) if reason is None]
    scores: WindowScores = [(None, reason) for reason in reasons]
    if not rows:
        return scores, ""
    windows = normalize(joints[rows], flow.card.channels)
    for row, nll in zip(rows, flow.nll(windows).tolist(), strict=True):
        # A body of proper height may still be spread so wide that its square overflows.
        scores[row] = (nll, None) if np.isfinite(nll) else (None, "not_finite")
    return scores, flow.provider_for(len(rows))


WINDOWS_AT_ONCE = 1024


@dataclass(slots=True, eq=False)
class PoseSequence:
    """One person's gapless poses, resampled to the model's rate when first needed, and once.

    Attributes:
        poses: float32 (n, 17, 3), COCO-17 order: x_px, y_px, confidence.
        fps: their rate.
        model_fps: the model's rate.
    """

    poses: Float32
    fps: float
    model_fps: float
    _resampled: Float32 | None = None

    def __len__(self) -> int:
        """Return how many poses they are at the model's rate."""
        return resampled_length(len(self.poses), self.fps, self.model_fps)

    def resampled(self) -> Float32:
        """Return the poses at the model's rate, float32 (m, 17, 3)."""
        if self._resampled is None:
            same = self.fps == self.model_fps or not len(self.poses)
            self._resampled = self.poses if same else resample(self.poses, self.fps, self.model_fps)
        return self._resampled


def every_window(poses: Float32, frames: int) -> Float32:
    """Return a view of the windows at every start: (n, 17, 3) → (n - T + 1, T, 17, 3)."""
    if len(poses) == frames:  # most requests are one window; NumPy's view takes 20 µs
        return poses[None]
    return np.moveaxis(sliding_window_view(poses, frames, axis=0), -1, 1)


def explain_window(flow: FlowModel, joints: Float32) -> Float32:
    """Return each frame's and joint's share of one window's score.

    Args:
        joints: float32 (T, 17, 3), COCO-17 order: x_px, y_px, confidence.

    Returns:
        float32 (T, V), bits per dimension.
    """
    shares: Float32 = flow.explain(normalize(joints[None], flow.card.channels))[0]
    return shares


def explain_both_ways(flow: FlowModel, joints: Float32) -> tuple[Float32, Float32]:
    """Return one window's map as `explain_window` does, and that of its mirror image.

    Returns:
        both (T, V) in bits/dimension; the second with left and right changed back.
    """
    mirrored = joints[:, COCO_MIRROR].copy()
    mirrored[..., 0] *= -1
    windows = normalize(np.stack([joints, mirrored]), flow.card.channels)
    straight, reversed_ = flow.explain(windows)
    return straight, reversed_[:, mirrored_joints(flow.card.joints)]


def standing_out(card: ModelCard, maps: tuple[Float32, Float32]) -> list[str]:
    """Return the joints' names, the one that stands out most in a window first.

    What counts is by how much a joint's share of the score exceeds its ordinary one: of everybody's
    score feet and heads have the most. The flow does not treat left and right alike; a window and
    its mirror image together do. A card without ordinary shares takes shares as they are.

    Args:
        maps: of `explain_both_ways`.
    """
    shares = (maps[0] + maps[1]).sum(axis=0) / 2
    if card.joint_shares is not None:
        ordinary = np.asarray(card.joint_shares, np.float32)
        shares = shares - (ordinary + ordinary[mirrored_joints(card.joints)]) / 2
    return [card.joints[joint] for joint in np.argsort(-shares, kind="stable").tolist()]


def mirrored_joints(joints: Sequence[str]) -> list[int]:
    """Return the place of each joint's counterpart on the other side."""
    other = {"left": "right", "right": "left"}
    sides = [name.partition("_") for name in joints]
    return [joints.index(other.get(side, side) + line + name) for side, line, name in sides]


def score_sequences(flow: FlowModel, sequences: Sequence[PoseSequence]) -> list[ScoreResult]:
    """Score every sequence's windows at every start; short sequences share calls of the flow.

    Args:
        sequences: at the model's rate each at least one window.
    """
    windows = [every_window(each.resampled(), flow.card.frames) for each in sequences]
    scores: list[WindowScores] = [[] for _ in sequences]
    providers: list[dict[str, None]] = [{} for _ in sequences]
    for part in _parts([len(each) for each in windows]):
        # Windows overlap: only a part's are copied, which takes T times their memory.
        joints = np.concatenate([windows[number][rows] for number, rows in part])
        found, provider = score_batch(flow, joints)
        begin = 0
        for number, rows in part:
            end = begin + rows.stop - rows.start
            scores[number] += found[begin:end]
            providers[number].update({provider: None} if provider else {})
            begin = end
    return [
        ScoreResult(tuple(each), flow.card.weights_hash, ",".join(used) or flow.provider)
        for each, used in zip(scores, providers, strict=True)
    ]


def score_each(flow: FlowModel, sequences: Sequence[PoseSequence]) -> list[ScoreResult | Exception]:
    """Score sequences as `score_sequences` does; one that fails does not fail the others."""
    try:
        return [*score_sequences(flow, sequences)]
    except Exception as err:
        if len(sequences) == 1:
            return [err]
    return [result for each in sequences for result in score_each(flow, [each])]


def _parts(lengths: Sequence[int]) -> Iterator[list[tuple[int, slice]]]:
    """Yield which rows of which sequence are scored in one call, at most `WINDOWS_AT_ONCE`."""
    part: list[tuple[int, slice]] = []
    room = WINDOWS_AT_ONCE
    for number, length in enumerate(lengths):
        begin = 0
        while begin < length:
            end = min(length, begin + room)
            part.append((number, slice(begin, end)))
            room, begin = room - (end - begin), end
            if room == 0:
                yield part
                part, room = [], WINDOWS_AT_ONCE
    if part:
        yield part
