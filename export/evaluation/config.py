"""What can be chosen about an evaluation, each range beside its field."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from export.data.datasets import DatasetName
from export.evaluation.judge import Device
from export.evaluation.metrics import RECALLS
from export.evaluation.protocols import PROTOCOLS, ProtocolOptions
from export.evaluation.run import Plan
from inference.card import Weighting
from tracker.limits import MAX_FPS

MOST_THREADS = 256  # more than any machine's cores make use of


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What is evaluated on.

    Attributes:
        dataset: how the folder is laid out and what its files are called.
        root: its folder, which holds pose/test and gt as published.
        fps: rate of the poses' frame numbers; by default the data set's own, of a folder what
            `extract` noted, else the model's.
        resample: bring poses and truth to the model's rate first, as the service does; published
            results take the poses as they come.
    """

    dataset: DatasetName | None = None
    root: Path | None = None
    fps: float | None = None
    resample: bool = False

    def __post_init__(self) -> None:
        if self.fps is not None and not 0 < self.fps <= MAX_FPS:
            raise ValueError(f"fps is {self.fps}; it must lie in (0, {MAX_FPS:g}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is evaluated.

    Attributes:
        checkpoint: ours or a published one; this or an ONNX file.
        onnx: a model file made by `posewarden-lab export`; this or a checkpoint.
        device: where it runs; auto takes CUDA where it is.
        threads: that score at the same time on the CPU.
        weighting: of a checkpoint's joints by their confidence, as `export` would; a model file has
            its own.
    """

    checkpoint: Path | None = None
    onnx: Path | None = None
    device: Device = "auto"
    threads: int = 2
    weighting: Weighting = "none"

    def __post_init__(self) -> None:
        if not 1 <= self.threads <= MOST_THREADS:
            raise ValueError(f"threads is {self.threads}; it must lie in 1 … {MOST_THREADS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """How scores of windows become figures.

    Attributes:
        protocol: the paper's, which looks into the future; causal, what a live system can do.
        stride: windows of a person begin at every stride-th pose.
        smoothing_s: time constant of the causal smoothing in seconds, the live service's.
        recalls: shares of the events for which false alarms are counted; repeat.
    """

    protocol: Literal["paper", "causal", "both"] = "both"
    stride: int = 1
    smoothing_s: float = ProtocolOptions().smoothing_s
    recalls: tuple[float, ...] = RECALLS

    def __post_init__(self) -> None:
        self.plan(threads=1)  # checks its own
        wrong = [recall for recall in self.recalls if not 0 < recall <= 1]
        if wrong:
            raise ValueError(f"recalls holds {wrong[0]}; each must lie in (0, 1]")

    def plan(self, threads: int) -> Plan:
        """Return what is to be found out."""
        return Plan(
            protocols=PROTOCOLS if self.protocol == "both" else (self.protocol,),
            options=ProtocolOptions(stride=self.stride, smoothing_s=self.smoothing_s),
            recalls=self.recalls,
            threads=threads,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What is told.

    Attributes:
        json: one JSON object instead of tables.
        report: folder for an HTML report with curves and a plot of every clip.
    """

    json: bool = False
    report: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateConfig:
    """All settings of an evaluation."""

    data: Data = field(default_factory=Data)
    model: Model = field(default_factory=Model)
    measuring: Measuring = field(default_factory=Measuring)
    output: Output = field(default_factory=Output)
