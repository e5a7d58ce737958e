"""Draws an evaluation as PNG: curves, and the scores of every clip with its abnormal frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from export.evaluation.metrics import FalseAlarms, Truth
from export.evaluation.protocols import Float64, Protocol
from export.evaluation.run import Evaluation, Result

COLOURS: dict[Protocol, str] = {"paper": "#8d99ae", "causal": "#1d5fd1"}
ABNORMAL, BASELINE, LIMIT, INK, GRID = "#f4b6a6", "#b5651d", "#c8321f", "#2b2d42", "#e6e8ee"
DPI = 110
# Curves are thinned to this many points: they look the same and the file stays small.
CURVE_POINTS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class ClipPlot:
    """The picture of one clip.

    Attributes:
        png: content of the file.
    """

    name: str
    png: bytes


def curves(evaluation: Evaluation) -> bytes:
    """Draw ROC and precision-recall curves of every protocol and of the frame-number baseline."""
    figure = Figure(figsize=(9.6, 4.2), dpi=DPI, layout="constrained")
    roc, precision = figure.subplots(1, 2)
    truth = evaluation.truth
    _curve(roc, precision, truth, truth.frame, label="frame's number", colour=BASELINE, style=":")
    for protocol, result in evaluation.results.items():
        values = result.scores.values
        _curve(roc, precision, truth, values, label=protocol, colour=COLOURS[protocol], style="-")
    roc.plot([0, 1], [0, 1], color=GRID, lw=1, zorder=0)
    precision.axhline(truth.abnormal.mean(), color=GRID, lw=1, zorder=0)
    _frame(roc, "false alarms (share of normal frames)", "hits (share of abnormal frames)")
    _frame(precision, "recall", "precision")
    for axes in (roc, precision):
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
    roc.legend(loc="lower right", frameon=False, fontsize=9)
    return _png(figure)


def clip_plots(evaluation: Evaluation) -> Iterator[ClipPlot]:
    """Draw every scored clip: scores by protocol, abnormal frames shaded, the threshold dashed."""
    truth = evaluation.truth
    top = max(_ceiling(result) for result in evaluation.results.values())
    low = min(_lowest(result) for result in evaluation.results.values())
    limit = shown_limit(evaluation)
    for index in np.flatnonzero(np.diff(truth.bounds)).tolist():
        begin, end = truth.bounds[index : index + 2].tolist()
        figure = Figure(figsize=(9.6, 2.1), dpi=DPI)
        axes = figure.add_axes((0.055, 0.2, 0.935, 0.75))
        own = (truth.events[:, 0] >= begin) & (truth.events[:, 1] <= end)
        for first, last in truth.events[own].tolist():
            axes.axvspan(first - begin, last - begin, color=ABNORMAL, alpha=0.55, lw=0)
        for protocol, result in evaluation.results.items():
            values = result.scores.values[begin:end]
            shown = np.where(result.scores.covered[begin:end], values, np.nan)
            line = values if protocol == "paper" else shown
            axes.plot(line, color=COLOURS[protocol], lw=1.1, label=protocol)
        if limit is not None and limit.threshold is not None:
            axes.axhline(limit.threshold, color=LIMIT, lw=1, ls="--")
        _frame(axes, "frame", "bits/dimension")
        axes.set(xlim=(0, max(end - begin - 1, 1)), ylim=(low, top))
        yield ClipPlot(truth.names[index], _png(figure))


def shown_limit(evaluation: Evaluation) -> FalseAlarms | None:
    """Return the threshold that the plots show: that of the middle recall and last protocol."""
    *_, result = evaluation.results.values()
    alarms = sorted(result.measures.false_alarms, key=lambda one: one.recall)
    return alarms[len(alarms) // 2] if alarms else None


def _curve(
    roc: Axes,
    precision: Axes,
    truth: Truth,
    values: NDArray[np.generic],
    *,
    label: str,
    colour: str,
    style: str,
) -> None:
    false_alarms, hits, _ = roc_curve(truth.abnormal, values)
    roc.plot(*_thinned(false_alarms, hits), color=colour, ls=style, lw=1.6, label=label)
    sureness, recall, _ = precision_recall_curve(truth.abnormal, values)
    precision.plot(*_thinned(recall, sureness), color=colour, ls=style, lw=1.6)


def _thinned(across: Float64, up: Float64) -> tuple[Float64, Float64]:
    rows = np.unique(np.linspace(0, len(across) - 1, CURVE_POINTS).astype(int))
    return across[rows], up[rows]


def _ceiling(result: Result) -> float:
    """Return the upper limit of the axis, so that single extreme frames do not flatten the rest."""
    covered = result.scores.values[result.scores.covered]
    return 1.05 * float(np.quantile(covered, 0.999)) if len(covered) else 1.0


def _lowest(result: Result) -> float:
    covered = result.scores.values[result.scores.covered]
    return float(covered.min()) - 0.1 if len(covered) else 0.0


def _frame(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across, fontsize=8.5, color=INK)
    axes.set_ylabel(up, fontsize=8.5, color=INK)
    axes.tick_params(labelsize=8, colors=INK, length=2)
    axes.grid(color=GRID, lw=0.6)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(GRID)


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
