"""Measures frame scores against the ground truth, with baselines that need no model. Pure.

Every AUROC is given over all frames and over the covered frames, those with a scored person: the
difference is due to the detector, the tracker or the data set, not to the model.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from export.data.clips import Int64
from export.data.labelled import Bool, LabelledClip
from export.evaluation.protocols import Float64, FrameScores, frame_bounds

RECALLS = (0.5, 0.8, 0.95)
# An episode ends after this time below the threshold, as with the live service's `hold_s`.
CALM_S = 2.0


@dataclass(frozen=True, eq=False)  # no slots: cached properties need a __dict__
class Truth:
    """Labels of the frames of some clips, one clip after the other.

    Attributes:
        abnormal: bool (frames,).
        bounds: int64 (clips + 1,), where each clip begins and the last one ends; clips that are not
            scored have no frames.
        names: of the clips.
        scenes: of the clips.
        fps: frame rate of each clip, (clips,).
    """

    abnormal: Bool
    bounds: Int64
    names: tuple[str, ...]
    scenes: tuple[str, ...]
    fps: Float64

    @cached_property
    def clip(self) -> Int64:
        """The clip index of each frame, (frames,)."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.bounds))

    @cached_property
    def frame(self) -> Int64:
        """The number of each frame in its clip, (frames,)."""
        numbers: Int64 = np.arange(len(self.abnormal)) - self.bounds[self.clip]
        return numbers

    @cached_property
    def events(self) -> Int64:
        """Begin and end of each run of abnormal frames within a clip, (events, 2)."""
        return _runs(self.abnormal, self.clip)

    @property
    def scored_clips(self) -> int:
        """Number of clips with frames."""
        return int((np.diff(self.bounds) > 0).sum())


@dataclass(frozen=True, slots=True)
class Auroc:
    """The chance that an abnormal frame scores higher than a normal one; ties count half.

    Attributes:
        all: over all frames; None if they are all normal or all abnormal.
        covered: over the covered frames only.
    """

    all: float | None
    covered: float | None


@dataclass(frozen=True, slots=True)
class Scene:
    """Frames and AUROC of one scene."""

    clips: int
    frames: int
    abnormal_frames: int
    auroc: Auroc


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """False alarms at the threshold that detects a share of the events.

    Attributes:
        recall: the requested share of events.
        threshold: the highest that detects it, bits/dimension; None if there is none, because too
            many events have no scored person.
        detected: events with a frame at or above the threshold; without one, events that have a
            scored person.
        per_hour: alarm episodes per hour of normal time.
        share: share of normal time in alarm.
    """

    recall: float
    threshold: float | None
    detected: int
    per_hour: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Measures:
    """How well frame scores separate abnormal from normal frames.

    Attributes:
        coverage: share of the frames with a scored person.
        auroc: over the frames of all clips at once (micro).
        auroc_macro: mean over the clips with frames of both kinds.
        macro_clips: number of these clips.
        average_precision: of the abnormal frames.
        equal_error_rate: rate at which false alarms and misses are equally frequent, by frames.
        events: runs of abnormal frames.
        normal_hours: time outside the events and `CALM_S` after each.
        frame_index: AUROC of the frame's number in its clip.
        window_exists: AUROC of "a person is scored in this frame".
        scenes: by name.
    """

    frames: int
    abnormal_frames: int
    clips: int
    coverage: float
    auroc: Auroc
    auroc_macro: Auroc
    macro_clips: int
    average_precision: float | None
    equal_error_rate: float | None
    events: int
    normal_hours: float
    false_alarms: tuple[FalseAlarms, ...]
    frame_index: Auroc
    window_exists: Auroc
    scenes: dict[str, Scene]


def truth_of(clips: Sequence[LabelledClip]) -> Truth:
    """Return the labels of clips in the order in which `frame_scores` scores them."""
    masks = [clip.abnormal for clip in clips if clip.scored]
    return Truth(
        abnormal=np.concatenate([np.empty(0, np.bool_), *masks]),
        bounds=frame_bounds(clips),
        names=tuple(clip.clip.name for clip in clips),
        scenes=tuple(clip.scene for clip in clips),
        fps=np.array([clip.clip.fps for clip in clips], np.float64),
    )


def measure(scores: FrameScores, truth: Truth, recalls: Sequence[float] = RECALLS) -> Measures:
    """Measure the scores of frames against the truth.

    Args:
        recalls: shares of detected events at which false alarms are counted.
    """
    values, covered, abnormal = scores.values, scores.covered, truth.abnormal
    both = bool(abnormal.any() and not abnormal.all())
    macro = [clip for clip in clip_aurocs(scores, truth) if clip.all is not None]
    normal = _normal_time(truth)
    return Measures(
        frames=len(abnormal),
        abnormal_frames=int(abnormal.sum()),
        clips=truth.scored_clips,
        coverage=float(covered.mean()) if len(covered) else 0.0,
        auroc=_auroc(values, covered, abnormal),
        auroc_macro=Auroc(_mean(one.all for one in macro), _mean(one.covered for one in macro)),
        macro_clips=len(macro),
        average_precision=_average_precision(abnormal, values) if both else None,
        equal_error_rate=_equal_error_rate(abnormal, values) if both else None,
        events=len(truth.events),
        normal_hours=_hours(normal, truth),
        false_alarms=tuple(_false_alarms(scores, truth, normal, recall) for recall in recalls),
        frame_index=_auroc(truth.frame, covered, abnormal),
        window_exists=_auroc(covered, covered, abnormal),
        scenes=_scenes(scores, truth),
    )


def auroc(values: NDArray[np.generic], abnormal: Bool) -> float | None:
    """Return the AUROC of frames, (frames,); None if they are all normal or all abnormal."""
    if abnormal.all() or not abnormal.any():
        return None
    # Loaded here, as below: it takes as long as torch, and benches of alerts need none of it.
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(abnormal, values))


def clip_aurocs(scores: FrameScores, truth: Truth) -> list[Auroc]:
    """Return the AUROC of every clip."""
    return [_auroc_of_rows(scores, truth, slice(*span)) for span in pairwise(truth.bounds.tolist())]


def _auroc(values: NDArray[np.generic], covered: Bool, abnormal: Bool) -> Auroc:
    return Auroc(auroc(values, abnormal), auroc(values[covered], abnormal[covered]))


def _auroc_of_rows(scores: FrameScores, truth: Truth, rows: Bool | slice) -> Auroc:
    return _auroc(scores.values[rows], scores.covered[rows], truth.abnormal[rows])


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _average_precision(abnormal: Bool, values: Float64) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(abnormal, values))


def _equal_error_rate(abnormal: Bool, values: Float64) -> float:
    from sklearn.metrics import roc_curve

    false_alarms, hits, _ = roc_curve(abnormal, values)
    return float(np.interp(0.0, false_alarms + hits - 1, false_alarms))


def _scenes(scores: FrameScores, truth: Truth) -> dict[str, Scene]:
    of_clip = np.array(truth.scenes)
    found = {}
    for name in sorted(set(of_clip[truth.clip].tolist())):
        rows = (of_clip == name)[truth.clip]
        found[name] = Scene(
            clips=len(np.unique(truth.clip[rows])),
            frames=int(rows.sum()),
            abnormal_frames=int(truth.abnormal[rows].sum()),
            auroc=_auroc_of_rows(scores, truth, rows),
        )
    return found


def _normal_time(truth: Truth) -> Bool:
    """Return the frames in which an alarm is false: outside events and `CALM_S` after each."""
    normal = ~truth.abnormal
    for begin, end in truth.events.tolist():
        clip = truth.clip[begin]
        normal[end : min(end + round(CALM_S * truth.fps[clip]), truth.bounds[clip + 1])] = False
    return normal


def _hours(frames: Bool, truth: Truth) -> float:
    return float((frames / truth.fps[truth.clip]).sum() / 3600)


def _false_alarms(scores: FrameScores, truth: Truth, normal: Bool, recall: float) -> FalseAlarms:
    peaks = np.sort(
        [
            scores.values[begin:end].max() if scores.covered[begin:end].any() else -np.inf
            for begin, end in truth.events.tolist()
        ]
    )[::-1]
    # 0.8 of 5 events are 4, although 0.8 · 5 may evaluate to 4.000000000000001.
    needed = max(1, math.ceil(recall * len(peaks) - 1e-9))
    if needed > len(peaks) or np.isinf(peaks[needed - 1]):
        return FalseAlarms(recall, None, int(np.isfinite(peaks).sum()), None, None)
    threshold = float(peaks[needed - 1])
    alarms = (scores.values >= threshold) & normal
    hours = _hours(normal, truth)
    return FalseAlarms(
        recall=recall,
        threshold=threshold,
        detected=int((peaks >= threshold).sum()),
        per_hour=_episodes(alarms, normal, truth) / hours if hours else None,
        share=float(alarms.sum() / normal.sum()) if hours else None,
    )


def _episodes(alarms: Bool, normal: Bool, truth: Truth) -> int:
    """Count runs of alarm; runs less than `CALM_S` apart in one stretch of normal time are one."""
    runs = _runs(alarms, truth.clip)
    stretch = np.searchsorted(_runs(normal, truth.clip)[:, 0], runs[:, 0], side="right")
    quiet = runs[1:, 0] - runs[:-1, 1]
    hold = CALM_S * truth.fps[truth.clip[runs[1:, 0]]]
    return len(runs) - int(((stretch[1:] == stretch[:-1]) & (quiet < hold)).sum())


def _runs(frames: Bool, clip: Int64) -> Int64:
    """Return begin and end of each run of marked frames within a clip, (runs, 2)."""
    numbered = np.concatenate([[-1], np.where(frames, clip, -1), [-1]])
    changes = np.flatnonzero(np.diff(numbered))
    begins = changes[numbered[changes + 1] >= 0]
    ends = changes[numbered[changes] >= 0]
    return np.stack([begins, ends], axis=1)
