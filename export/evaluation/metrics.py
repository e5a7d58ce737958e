"""What frames' scores are worth against the truth, beside what costs nothing to know.

Pure. Every AUROC stands beside its twin over covered frames alone, those for which somebody was
scored: the rest of it is the detector's and the tracker's work, or the data set's habits.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from export.data.clips import Int64
from export.data.labelled import Bool, LabelledClip
from export.evaluation.protocols import Float64, FrameScores, frame_bounds

RECALLS = (0.5, 0.8, 0.95)
# An episode ends after so much calm, as the live service's `hold_s`.
CALM_S = 2.0


@dataclass(frozen=True, eq=False)  # no slots: what follows from the rest is kept
class Truth:
    """Which frames of some clips are abnormal, one clip after the other.

    Attributes:
        abnormal: bool (frames,).
        bounds: int64 (clips + 1,), where each clip begins and the last one ends; what is not to be
            scored has no frames.
        names: of the clips.
        scenes: of the clips.
        fps: of the clips' frames, (clips,).
    """

    abnormal: Bool
    bounds: Int64
    names: tuple[str, ...]
    scenes: tuple[str, ...]
    fps: Float64

    @cached_property
    def clip(self) -> Int64:
        """Each frame's clip, (frames,)."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.bounds))

    @cached_property
    def frame(self) -> Int64:
        """Each frame's number in its clip, (frames,)."""
        numbers: Int64 = np.arange(len(self.abnormal)) - self.bounds[self.clip]
        return numbers

    @cached_property
    def events(self) -> Int64:
        """Where each run of abnormal frames of a clip begins and ends, (events, 2)."""
        return _runs(self.abnormal, self.clip)

    @property
    def scored_clips(self) -> int:
        """How many clips have frames."""
        return int((np.diff(self.bounds) > 0).sum())


@dataclass(frozen=True, slots=True)
class Auroc:
    """The chance that an abnormal frame scores higher than a normal one; ties count half.

    Attributes:
        all: over all frames; None where one of the two kinds is missing.
        covered: over covered frames alone.
    """

    all: float | None
    covered: float | None


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene's share."""

    clips: int
    frames: int
    abnormal_frames: int
    auroc: Auroc


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """What it costs to detect a share of the events.

    Attributes:
        recall: the share asked for.
        threshold: the highest at which so many events are detected, bits/dimension; None where it
            cannot be had: in too many events nobody is scored.
        detected: events with a frame at the threshold or above; without one, events that could be.
        per_hour: episodes of alarm in normal time, per hour of it.
        share: of normal time spent in alarm.
    """

    recall: float
    threshold: float | None
    detected: int
    per_hour: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Measures:
    """How well frames' scores tell abnormal from normal ones.

    Attributes:
        coverage: share of the frames for which somebody was scored.
        auroc: over the frames of all clips at once (micro).
        auroc_macro: mean over the clips with frames of both kinds.
        macro_clips: how many these are.
        average_precision: of the abnormal frames.
        equal_error_rate: where false alarms are as frequent as misses, by frames.
        events: runs of abnormal frames.
        normal_hours: outside the events and the calm after each.
        frame_index: what the frame's number in its clip alone achieves.
        window_exists: what "somebody is scored here" alone achieves.
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
        recalls: shares of the events for which false alarms are counted.
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
        average_precision=float(average_precision_score(abnormal, values)) if both else None,
        equal_error_rate=_equal_error_rate(abnormal, values) if both else None,
        events=len(truth.events),
        normal_hours=_hours(normal, truth),
        false_alarms=tuple(_false_alarms(scores, truth, normal, recall) for recall in recalls),
        frame_index=_auroc(truth.frame, covered, abnormal),
        window_exists=_auroc(covered, covered, abnormal),
        scenes=_scenes(scores, truth),
    )


def auroc(values: NDArray[np.generic], abnormal: Bool) -> float | None:
    """Return the AUROC of frames, (frames,); None where one of the two kinds is missing."""
    if abnormal.all() or not abnormal.any():
        return None
    return float(roc_auc_score(abnormal, values))


def clip_aurocs(scores: FrameScores, truth: Truth) -> list[Auroc]:
    """Return every clip's own AUROC."""
    return [_twins(scores, truth, slice(*span)) for span in pairwise(truth.bounds.tolist())]


def _auroc(values: NDArray[np.generic], covered: Bool, abnormal: Bool) -> Auroc:
    return Auroc(auroc(values, abnormal), auroc(values[covered], abnormal[covered]))


def _twins(scores: FrameScores, truth: Truth, rows: Bool | slice) -> Auroc:
    return _auroc(scores.values[rows], scores.covered[rows], truth.abnormal[rows])


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _equal_error_rate(abnormal: Bool, values: Float64) -> float:
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
            auroc=_twins(scores, truth, rows),
        )
    return found


def _normal_time(truth: Truth) -> Bool:
    """Return the frames in which an alarm is false: not in an event nor in the calm after it."""
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
    # 0.8 of 5 events are 4, though 0.8 · 5 may come out as 4.000000000000001.
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
    """Count runs of alarm; what a short calm parts in one stretch of normal time is one."""
    runs = _runs(alarms, truth.clip)
    stretch = np.searchsorted(_runs(normal, truth.clip)[:, 0], runs[:, 0], side="right")
    calm = runs[1:, 0] - runs[:-1, 1]
    enough = CALM_S * truth.fps[truth.clip[runs[1:, 0]]]
    return len(runs) - int(((stretch[1:] == stretch[:-1]) & (calm < enough)).sum())


def _runs(frames: Bool, clip: Int64) -> Int64:
    """Return where each run of frames within one clip begins and ends, (runs, 2)."""
    numbered = np.concatenate([[-1], np.where(frames, clip, -1), [-1]])
    changes = np.flatnonzero(np.diff(numbered))
    begins = changes[numbered[changes + 1] >= 0]
    ends = changes[numbered[changes] >= 0]
    return np.stack([begins, ends], axis=1)
