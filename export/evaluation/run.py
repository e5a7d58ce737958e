"""Evaluates a model on a labelled data set: cut windows, score, convert to frames, measure."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from export.data.datasets import Dataset
from export.data.segments import Segments, published_segments
from export.evaluation.metrics import RECALLS, Measures, Truth, measure, truth_of
from export.evaluation.protocols import (
    PROTOCOLS,
    FrameScores,
    Protocol,
    ProtocolOptions,
    frame_scores,
)
from export.evaluation.window_scorer import WindowScorer, score_segments
from tracker.errors import BadPoses

Progress: TypeAlias = Callable[[int, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which protocols and measures to compute.

    Attributes:
        recalls: shares of detected events at which false alarms are counted.
        threads: batches of windows scored at the same time.
    """

    protocols: Sequence[Protocol] = PROTOCOLS
    options: ProtocolOptions = field(default_factory=ProtocolOptions)
    recalls: Sequence[float] = RECALLS
    threads: int = 2


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Frame scores and measures of one protocol."""

    scores: FrameScores
    measures: Measures


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A model's results on a data set.

    Attributes:
        windows: number of windows cut, also from clips that are not scored.
        unscorable: number of these windows without a score.
        windowless: scored clips from which no window was cut.
    """

    dataset: Dataset
    scorer: WindowScorer
    plan: Plan
    windows: int
    unscorable: int
    truth: Truth
    results: dict[Protocol, Result]
    windowless: Sequence[str] = ()

    @property
    def clips(self) -> int:
        """Number of scored clips."""
        return self.truth.scored_clips


class Stopwatch:
    """Sums the seconds spent in each named stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent in this context to the stage."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin


def evaluate(
    dataset: Dataset,
    scorer: WindowScorer,
    plan: Plan,
    stopwatch: Stopwatch,
    progress: Progress = lambda _done, _of: None,
) -> Evaluation:
    """Evaluate a model on the poses of a data set, without resampling them.

    Args:
        progress: called with the number of windows just scored and the total.

    Raises:
        BadPoses: no window can be cut or scored, or all frames have the same label.
    """
    truth = truth_of(dataset.labelled)
    if truth.abnormal.all() or not truth.abnormal.any():
        kind = "abnormal" if len(truth.abnormal) and truth.abnormal[0] else "normal"
        raise BadPoses(
            f"all {len(truth.abnormal)} frames of {dataset.name} are {kind}: detection "
            "cannot be measured; add clips of the other kind"
        )
    with stopwatch.stage("cut"):
        segments = published_segments(dataset.clips, scorer.frames, plan.options.stride)
    if not len(segments):
        raise BadPoses(
            f"nobody in {dataset.name} has more than the {scorer.frames} poses in a row that "
            f"{scorer.name} takes; give longer clips or a model of shorter windows"
        )
    with stopwatch.stage("score"):
        nll = score_segments(
            segments, scorer, threads=plan.threads, done=lambda n: progress(n, len(segments))
        )
    unscorable = int(np.isnan(nll).sum())
    if unscorable == len(segments):
        raise BadPoses(
            f"none of the {unscorable} windows of {dataset.name} can be scored: bodies have no "
            f"height, or {scorer.name} gives no finite value; look at the poses with `draw`"
        )
    results: dict[Protocol, Result] = {}
    for protocol in plan.protocols:
        with stopwatch.stage("protocol"):
            scores = frame_scores(segments, nll, dataset.labelled, protocol, plan.options)
        with stopwatch.stage("metrics"):
            results[protocol] = Result(scores, measure(scores, truth, plan.recalls))
    number, without = len(segments), _windowless(dataset, segments)
    return Evaluation(dataset, scorer, plan, number, unscorable, truth, results, without)


def _windowless(dataset: Dataset, segments: Segments) -> list[str]:
    within = set(segments.clip.tolist())
    return [
        one.clip.name
        for index, one in enumerate(dataset.labelled)
        if one.scored and index not in within
    ]
