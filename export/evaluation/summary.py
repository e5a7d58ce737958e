"""Formats an evaluation: JSON for programs, tables and notes for people."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from export.data.problems import LISTED
from export.evaluation.metrics import Auroc, FalseAlarms, Measures
from export.evaluation.run import Evaluation

# A table: one text per cell, its head first.
Rows: TypeAlias = list[tuple[str, ...]]


def as_json(evaluation: Evaluation, seconds: dict[str, float]) -> dict[str, Any]:  # Any: JSON
    """Return the results as JSON: those of one protocol, or of both by their names.

    Args:
        seconds: spent in each stage.
    """
    about = {
        "windows": evaluation.windows,
        "unscorable_windows": evaluation.unscorable,
        "stride": evaluation.plan.options.stride,
        "fps": evaluation.dataset.fps,
        "model": _model(evaluation),
        "seconds": {stage: round(spent, 3) for stage, spent in seconds.items()},
    }
    objects: dict[str, dict[str, Any]] = {
        protocol: {
            "dataset": evaluation.dataset.name,
            "protocol": protocol,
            **figures(result.measures),
            **about,
        }
        for protocol, result in evaluation.results.items()
    }
    return dict(objects) if len(objects) > 1 else next(iter(objects.values()))


def figures(measures: Measures) -> dict[str, Any]:  # Any: JSON
    """Return the measures as plain values; every AUROC also over the covered frames only."""
    return {
        **_with_covered("auroc", measures.auroc),
        **_with_covered("auroc_macro", measures.auroc_macro),
        "macro_clips": measures.macro_clips,
        "average_precision": measures.average_precision,
        "equal_error_rate": measures.equal_error_rate,
        "frames": measures.frames,
        "abnormal_frames": measures.abnormal_frames,
        "clips": measures.clips,
        "coverage": measures.coverage,
        "events": measures.events,
        "normal_hours": measures.normal_hours,
        "false_alarms": [asdict(one) for one in measures.false_alarms],
        "baselines": {
            "frame_index": _with_covered("auroc", measures.frame_index),
            "window_exists": _with_covered("auroc", measures.window_exists),
        },
        "scenes": {
            name: {
                "clips": scene.clips,
                "frames": scene.frames,
                "abnormal_frames": scene.abnormal_frames,
                **_with_covered("auroc", scene.auroc),
            }
            for name, scene in measures.scenes.items()
        },
    }


def notes(evaluation: Evaluation) -> Iterator[str]:
    """Yield notes that a reader of the figures should know."""
    scorer, fps = evaluation.scorer, evaluation.dataset.fps
    if scorer.fps != fps:
        yield (
            f"{scorer.name} takes poses at {scorer.fps:g} fps; these come at {fps:g} fps and are "
            "used unchanged, as published results do (--resample: as the service does)"
        )
    if evaluation.unscorable:
        yield (
            f"{evaluation.unscorable} of {evaluation.windows} windows have no score: no height, or "
            "no finite value"
        )
    if evaluation.windowless:
        yield (
            f"{len(evaluation.windowless)} of {evaluation.clips} clips give no window, because "
            f"nobody in them has more than {scorer.frames} poses in a row; their frames count as "
            "normal: "
            f"{_listed(evaluation.windowless)}"
        )
    for protocol, result in evaluation.results.items():
        model = result.measures.auroc.all or 0
        better = [
            f"{name} has {number(baseline.all)}"
            for name, baseline in baselines(result.measures)
            if (baseline.all or 0) >= model
        ]
        if better:
            yield (
                f"{protocol}: {' and '.join(better)}, the model {number(model)}. These labels can "
                "be guessed without looking at how people move: such an AUROC describes the "
                "data set, not detection"
            )


def baselines(measures: Measures) -> tuple[tuple[str, Auroc], ...]:
    """Return the baselines that need no model, by name."""
    return (
        ("the frame's number alone", measures.frame_index),
        ("a window exists", measures.window_exists),
    )


def as_text(evaluation: Evaluation) -> str:
    """Format tables for a terminal, one per protocol."""
    parts = [headline(evaluation)]
    for protocol, result in evaluation.results.items():
        measures = result.measures
        parts += [
            f"protocol {protocol}",
            _aligned([("AUROC", "all frames", "covered frames"), *auroc_rows(measures)]),
            _aligned(single_rows(measures)),
            _aligned(
                [
                    ("events detected", "at threshold", "false alarms/h", "normal time in alarm"),
                    *alarm_rows(measures.false_alarms, measures.events),
                ]
            ),
        ]
        if len(measures.scenes) > 1:
            head = ("scene", "clips", "frames", "abnormal", "AUROC", "covered frames")
            parts.append(_aligned([head, *scene_rows(measures)]))
    return "\n\n".join(parts)


def headline(evaluation: Evaluation) -> str:
    """Return one sentence that names the model, the data set and their sizes."""
    measures = next(iter(evaluation.results.values())).measures
    scorer = evaluation.scorer
    return (
        f"{scorer.name} (T = {scorer.frames} at {scorer.fps:g} fps, {scorer.runs_on}) on "
        f"{evaluation.dataset.name}: {evaluation.windows} windows at stride "
        f"{evaluation.plan.options.stride}, {measures.frames} frames of {measures.clips} clips at "
        f"{evaluation.dataset.fps:g} fps, {percent(measures.abnormal_frames / measures.frames)} of "
        f"them abnormal in {measures.events} events"
    )


def auroc_rows(measures: Measures) -> Rows:
    """Return every AUROC, over all frames and over the covered frames."""
    named = (
        ("the model", measures.auroc),
        (f"mean over {measures.macro_clips} clips", measures.auroc_macro),
        *baselines(measures),
    )
    return [(name, number(auroc.all), number(auroc.covered)) for name, auroc in named]


def single_rows(measures: Measures) -> Rows:
    """Return the measures that are a single number."""
    return [
        ("average precision", number(measures.average_precision)),
        ("equal error rate", number(measures.equal_error_rate)),
        ("covered frames", percent(measures.coverage)),
        ("normal time", f"{measures.normal_hours:.3f} h"),
    ]


def alarm_rows(false_alarms: Sequence[FalseAlarms], events: int) -> Rows:
    """Return the false alarms at each share of detected events."""
    return [
        (
            f"{percent(one.recall)} ({one.detected} of {events})",
            "out of reach" if one.threshold is None else f"{one.threshold:.3f}",
            "–" if one.per_hour is None else f"{one.per_hour:.1f}",
            "–" if one.share is None else percent(one.share),
        )
        for one in false_alarms
    ]


def scene_rows(measures: Measures) -> Rows:
    """Return the frames and the AUROC of every scene."""
    return [
        (
            *(name, str(scene.clips), str(scene.frames), str(scene.abnormal_frames)),
            *(number(scene.auroc.all), number(scene.auroc.covered)),
        )
        for name, scene in measures.scenes.items()
    ]


def number(value: float | None) -> str:
    """Format a figure with four digits; None as a dash."""
    return "–" if value is None else f"{value:.4f}"


def percent(share: float) -> str:
    """Format a share in percent."""
    return f"{100 * share:.3g} %"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{', '.join(names[:LISTED])}{more}"


def _with_covered(name: str, auroc: Auroc) -> dict[str, float | None]:
    return {name: auroc.all, f"{name}_covered": auroc.covered}


def _model(evaluation: Evaluation) -> dict[str, Any]:  # Any: JSON
    scorer = evaluation.scorer
    return {
        "name": scorer.name,
        "hash": scorer.weights_hash,
        "frames": scorer.frames,
        "fps": scorer.fps,
        "states_fps": scorer.states_fps,
        "weighting": scorer.weighting,
        "runs_on": scorer.runs_on,
    }


def _aligned(rows: Rows) -> str:
    """Align columns, the first to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *cells in rows:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join(["  " + name.ljust(widths[0]), *padded]))
    return "\n".join(lines)
