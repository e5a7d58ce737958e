"""Pictures of training windows, and of a clip's scores over its ground truth."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from export.data.labelled import Bool
from export.flow.options import FlowOptions
from inference.flow_skeleton import FLOW_BONES
from tracker.types import Float32

POSES_DRAWN = 4
INCHES = 1.6


def poses_figure(windows: Float32, titles: Sequence[str], options: FlowOptions) -> Figure:
    """Draw a row for each window: some of its poses, from the first to the last.

    Args:
        windows: (N, C, T, V), normalised.
        titles: of the rows.
    """
    figure = Figure(figsize=(INCHES * POSES_DRAWN, INCHES * len(windows)), layout="constrained")
    axes = figure.subplots(len(windows), POSES_DRAWN, squeeze=False)
    moments = np.linspace(0, options.frames - 1, POSES_DRAWN).round().astype(int)
    for row, window, title in zip(axes, windows, titles, strict=True):
        for place, moment in zip(row, moments, strict=True):
            _draw_body(place, window[:2, moment], options)
            place.set_title(f"{title}, {moment}", fontsize=6)
    return figure


def scores_figure(name: str, scores: NDArray[np.float64], abnormal: Bool, auroc: str) -> Figure:
    """Draw a clip's scores, with the frames shaded that are abnormal.

    Args:
        scores: (frames,), bits/dimension; not-a-number where nobody is scored.
        abnormal: (frames,).
        auroc: of the clip, in words.
    """
    figure = Figure(figsize=(9, 2.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(scores, linewidth=0.8)
    low, high = axes.get_ylim()
    axes.fill_between(np.arange(len(abnormal)), low, high, where=abnormal, alpha=0.2, color="red")
    axes.set_ylim(low, high)
    axes.set_xlabel("frame")
    axes.set_ylabel("bits/dimension")
    axes.set_title(f"{name}, causal, {auroc}", fontsize=8)
    return figure


def _draw_body(axes: Axes, points: Float32, options: FlowOptions) -> None:
    """Draw one pose, (2, V)."""
    place = {joint: at for at, joint in enumerate(options.joints)}
    for a, b in FLOW_BONES:
        if a in place and b in place:
            axes.plot(*points[:, [place[a], place[b]]], linewidth=1, color="tab:blue")
    axes.set_aspect("equal")
    axes.invert_yaxis()
    axes.set_axis_off()
