"""Other ways to score a window than by its likelihood alone, for `bench ablations`.

All are causal: a window's score depends on it and on windows of the same person before it.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.cluster import MiniBatchKMeans
from torch import Tensor

from export.data.clips import Int64
from export.data.segments import Segments
from export.flow.stg_nf import StgNf
from export.flow.weighting import weighted
from inference.flow_input import CHANNELS_SURE, normalize
from tracker.errors import BadPoses
from tracker.skeleton import COCO_MIRROR
from tracker.types import Float32

BATCH = 256  # windows at once; their numbers stay in the cache
PROTOTYPES = 32
PROTOTYPE_WEIGHT = 0.5
RECENT = 8  # windows
OWN_S = 10.0  # over which somebody's own usual score is learned
USUAL = 0.85  # bits/dimension, of somebody of whom nothing is known yet


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What one flow says of every window, each (N,).

    Attributes:
        likelihood: nll in bits/dimension.
        mirrored: the same of the window mirrored left to right.
        weighted: nll weighted by confidence, `export.flow.weighting`.
        distance: from the latents to the nearest prototype, root mean square per dimension.
        sureness: mean confidence.
    """

    likelihood: Float32
    mirrored: Float32
    weighted: Float32
    distance: Float32
    sureness: Float32


Variant: TypeAlias = Callable[[Evidence, Segments, float], Float32]


@torch.inference_mode()
def prototypes(flow: StgNf, segments: Segments, number: int = PROTOTYPES) -> Tensor:
    """Return the centres of normal windows' latents, (number or fewer, dimensions).

    Raises:
        BadPoses: there is no normal window.
    """
    if not len(segments):
        raise BadPoses("prototypes are made of normal windows; the training split has none")
    latents = [
        flow(windows[:, :2])[0].flatten(1).numpy() for _, windows in _batches(flow, segments)
    ]
    means = MiniBatchKMeans(min(number, len(segments)), random_state=0, n_init=3, batch_size=2048)
    return torch.from_numpy(means.fit(np.concatenate(latents)).cluster_centers_)


@torch.inference_mode()
def evidence(flow: StgNf, segments: Segments, centres: Tensor) -> Evidence:
    """Score every window in all ways at once."""
    found = []
    for joints, windows in _batches(flow, segments):
        mirror = joints[..., COCO_MIRROR, :] * np.array([-1, 1, 1], np.float32)
        mirrored = torch.as_tensor(normalize(mirror))[..., list(flow.options.joints)]
        latents, log_det = flow(windows[:, :2])
        shares, sure = flow.shares(latents, log_det), windows[:, 2]
        nearest = torch.cdist(latents.flatten(1), centres).amin(dim=1)
        distance = nearest / math.sqrt(centres.shape[1])
        parts = (
            shares.sum(dim=(1, 2)),
            flow.nll(mirrored),
            weighted(shares, sure).sum(dim=(1, 2)),
            distance,
            sure.mean(dim=(1, 2)),
        )
        found.append(torch.stack(parts))
    columns = torch.cat(found, dim=1).numpy()
    return Evidence(*columns)


def _batches(flow: StgNf, segments: Segments) -> Iterator[tuple[Float32, Tensor]]:
    """Yield poses (n, T, 17, 3) and what the flow reads, (n, 3, T, V)."""
    for begin in range(0, len(segments), BATCH):
        joints = segments.joints(slice(begin, begin + BATCH))
        windows = torch.as_tensor(normalize(joints, CHANNELS_SURE))
        yield joints, windows[..., list(flow.options.joints)]


def _likelihood(found: Evidence, _segments: Segments, _fps: float) -> Float32:
    return found.likelihood


def _mirrored(found: Evidence, _segments: Segments, _fps: float) -> Float32:
    return np.float32(0.5) * (found.likelihood + found.mirrored)


def _weighted(found: Evidence, _segments: Segments, _fps: float) -> Float32:
    return found.weighted


def _near(found: Evidence, _segments: Segments, _fps: float) -> Float32:
    return found.likelihood + np.float32(PROTOTYPE_WEIGHT) * found.distance


def _near_gated(found: Evidence, _segments: Segments, _fps: float) -> Float32:
    """Trust the distance as much as the joints are sure (arXiv 2606.20312)."""
    return found.likelihood + np.float32(PROTOTYPE_WEIGHT) * found.sureness * found.distance


def _near_weighted(found: Evidence, _segments: Segments, _fps: float) -> Float32:
    return found.weighted + np.float32(PROTOTYPE_WEIGHT) * found.sureness * found.distance


def _recent(found: Evidence, segments: Segments, _fps: float) -> Float32:
    """Average over the newest windows of the person, which overlap."""
    scores = np.empty_like(found.likelihood)
    for rows in _people(segments):
        own = found.likelihood[rows]
        padded = np.concatenate([np.repeat(own[:1], RECENT - 1), own])
        scores[rows] = sliding_window_view(padded, RECENT).mean(axis=1)
    return scores


def _calibrated(found: Evidence, segments: Segments, fps: float) -> Float32:
    """Count from what is usual for this very person so far."""
    scores, share = np.empty_like(found.likelihood), 1 / (OWN_S * fps)
    for rows in _people(segments):
        usual = USUAL
        for row in rows.tolist():
            scores[row] = found.likelihood[row] - usual
            usual += share * (float(found.likelihood[row]) - usual)
    return scores


def _people(segments: Segments) -> Iterator[Int64]:
    """Yield each person's windows in the order of time."""
    order = np.lexsort((segments.last_frame, segments.person, segments.clip))
    key = np.stack([segments.clip[order], segments.person[order]])
    changes = np.flatnonzero((key[:, 1:] != key[:, :-1]).any(axis=0)) + 1
    yield from np.split(order, changes) if len(order) else ()


VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "likelihood": _likelihood,
        "weighted by confidence": _weighted,
        "prototypes": _near,
        "prototypes, gated by confidence": _near_gated,
        "weighted, and gated prototypes": _near_weighted,
        "mean with the mirror image": _mirrored,
        f"mean of the last {RECENT} windows": _recent,
        "calibrated per person": _calibrated,
    }
)


def two_lengths(long: Segments, nll: Float32, short: Segments, short_nll: Float32) -> Float32:
    """Average with a shorter window's score that ends at the same pose, where there is one."""
    width = 1 + max(int(s.last_frame.max(initial=0)) for s in (long, short))
    people = 1 + max(int(s.person.max(initial=0)) for s in (long, short))

    def key(segments: Segments) -> Int64:
        return (segments.clip * people + segments.person) * width + segments.last_frame

    ends, places = np.unique(key(short), return_index=True)
    wanted = key(long)
    at = np.minimum(np.searchsorted(ends, wanted), max(len(ends) - 1, 0))
    there = ends[at] == wanted if len(ends) else np.zeros(len(wanted), bool)
    both = nll.copy()
    both[there] = (nll[there] + short_nll[places[at[there]]]) / 2
    return both
