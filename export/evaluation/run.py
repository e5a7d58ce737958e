"""A model's results on a labelled data set: cut, score, bring to frames, measure."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from export.data.datasets import Dataset
from export.data.segments import Segments, published_segments
from export.evaluation.judge import WindowScorer, score_segments
from export.evaluation.metrics import RECALLS, Measures, Truth, measure, truth_of
from export.evaluation.protocols import (
    PROTOCOLS,
    FrameScores,
    Protocol,
    ProtocolOptions,
    frame_scores,
)
from tracker.errors import BadPoses

Progress: TypeAlias = Callable[[int, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be found out.

    Attributes:
        recalls: shares of the events for which false alarms are counted.
        threads: that score at the same time.
    """

    protocols: Sequence[Protocol] = PROTOCOLS
    options: ProtocolOptions = field(default_factory=ProtocolOptions)
    recalls: Sequence[float] = RECALLS
    threads: int = 2


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What came of one protocol."""

    scores: FrameScores
    measures: Measures


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A model's results on a data set.

    Attributes:
        windows: all that were cut, those of clips that are not to be scored among them.
        unscorable: how many of them have no score.
        windowless: clips that are scored although no window was cut from them.
    """

    dataset: Dataset
    judge: WindowScorer
    plan: Plan
    windows: int
    unscorable: int
    truth: Truth
    results: dict[Protocol, Result]
    windowless: Sequence[str] = ()

    @property
    def clips(self) -> int:
        """How many clips are scored."""
        return self.truth.scored_clips


class Stopwatch:
    """Adds up the seconds of stages by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done within."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin


def evaluate(
    dataset: Dataset,
    judge: WindowScorer,
    plan: Plan,
    watch: Stopwatch,
    progress: Progress = lambda _done, _of: None,
) -> Evaluation:
    """Evaluate a model on a data set's poses as they come.

    Args:
        progress: told how many windows were scored since it was last told, and how many there are.

    Raises:
        BadPoses: no window can be cut or scored, or nothing tells abnormal from normal.
    """
    truth = truth_of(dataset.labelled)
    if truth.abnormal.all() or not truth.abnormal.any():
        kind = "abnormal" if len(truth.abnormal) and truth.abnormal[0] else "normal"
        raise BadPoses(
            f"all {len(truth.abnormal)} frames of {dataset.name} are {kind}: nothing is to be told "
            "apart; add clips of the other kind"
        )
    with watch.stage("cut"):
        segments = published_segments(dataset.clips, judge.frames, plan.options.stride)
    if not len(segments):
        raise BadPoses(
            f"nobody in {dataset.name} has more than the {judge.frames} poses in a row that "
            f"{judge.name} takes; give longer clips or a model of shorter windows"
        )
    with watch.stage("score"):
        nll = score_segments(
            segments, judge, threads=plan.threads, done=lambda n: progress(n, len(segments))
        )
    unscorable = int(np.isnan(nll).sum())
    if unscorable == len(segments):
        raise BadPoses(
            f"none of the {unscorable} windows of {dataset.name} can be scored: bodies have no "
            f"height, or {judge.name} gives no finite value; look at the poses with `draw`"
        )
    results: dict[Protocol, Result] = {}
    for protocol in plan.protocols:
        with watch.stage("protocol"):
            scores = frame_scores(segments, nll, dataset.labelled, protocol, plan.options)
        with watch.stage("metrics"):
            results[protocol] = Result(scores, measure(scores, truth, plan.recalls))
    number, without = len(segments), _windowless(dataset, segments)
    return Evaluation(dataset, judge, plan, number, unscorable, truth, results, without)


def _windowless(dataset: Dataset, segments: Segments) -> list[str]:
    within = set(segments.clip.tolist())
    return [
        one.clip.name
        for index, one in enumerate(dataset.labelled)
        if one.scored and index not in within
    ]
