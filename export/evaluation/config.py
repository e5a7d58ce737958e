"""Settings of `posewarden-lab evaluate`, each with its range."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from export.data.datasets import DatasetName
from export.evaluation.metrics import RECALLS
from export.evaluation.protocols import PROTOCOLS, ProtocolOptions
from export.evaluation.run import Plan
from export.evaluation.window_scorer import Device
from inference.card import Weighting
from tracker.limits import MAX_FPS

MOST_THREADS = 256  # more than any machine has cores


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings:
    """The data set to evaluate on.

    Attributes:
        dataset: the layout of the folder and the names of its files.
        root: folder of the data set, which holds pose/test and gt as published.
        fps: rate of the poses' frame numbers; default: that of the published data set, or that
            `extract` wrote beside a folder, else the model's.
        resample: resample poses and labels to the model's rate, as the service does; published
            results use the poses unchanged.
    """

    dataset: DatasetName | None = None
    root: Path | None = None
    fps: float | None = None
    resample: bool = False

    def __post_init__(self) -> None:
        if self.fps is not None and not 0 < self.fps <= MAX_FPS:
            raise ValueError(f"fps is {self.fps}; it must lie in (0, {MAX_FPS:g}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """The model to evaluate.

    Attributes:
        checkpoint: ours or a published one; this or an ONNX file.
        onnx: a model file made by `posewarden-lab export`; this or a checkpoint.
        device: where it runs; auto uses CUDA if available.
        threads: batches scored at the same time on the CPU.
        weighting: how a checkpoint's joints are weighted, as by `export`; a model file has
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
class MeasureSettings:
    """How scores of windows are turned into figures.

    Attributes:
        protocol: paper, which uses future frames; causal, as a live system; or both.
        stride: windows of a person begin at every stride-th pose.
        smoothing_s: time constant of the causal smoothing in seconds, the live service's.
        recalls: shares of the events for which false alarms are counted; repeat.
    """

    protocol: Literal["paper", "causal", "both"] = "both"
    stride: int = 1
    smoothing_s: float = ProtocolOptions().smoothing_s
    recalls: tuple[float, ...] = RECALLS

    def __post_init__(self) -> None:
        self.plan(threads=1)  # checks stride and smoothing_s
        wrong = [recall for recall in self.recalls if not 0 < recall <= 1]
        if wrong:
            raise ValueError(f"recalls holds {wrong[0]}; each must lie in (0, 1]")

    def plan(self, threads: int) -> Plan:
        """Return the protocols and measures to compute."""
        return Plan(
            protocols=PROTOCOLS if self.protocol == "both" else (self.protocol,),
            options=ProtocolOptions(stride=self.stride, smoothing_s=self.smoothing_s),
            recalls=self.recalls,
            threads=threads,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings:
    """What to print and write.

    Attributes:
        json: print one JSON object instead of tables.
        report: folder for an HTML report with curves and a plot of every clip.
    """

    json: bool = False
    report: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateConfig:
    """All settings of an evaluation."""

    data: DataSettings = field(default_factory=DataSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    measuring: MeasureSettings = field(default_factory=MeasureSettings)
    output: OutputSettings = field(default_factory=OutputSettings)
