"""Writes an evaluation as one self-contained HTML file, with its plots also as PNG files."""

import base64
import json
from collections.abc import Iterator, Sequence
from html import escape
from itertools import chain
from pathlib import Path

from export.evaluation.metrics import clip_aurocs
from export.evaluation.plots import (
    ABNORMAL,
    COLOURS,
    LIMIT,
    ClipPlot,
    clip_plots,
    curves,
    shown_limit,
)
from export.evaluation.run import Evaluation, Progress
from export.evaluation.summary import (
    Rows,
    alarm_rows,
    as_json,
    auroc_rows,
    headline,
    notes,
    number,
    percent,
    scene_rows,
    single_rows,
)

STYLE = Path(__file__).with_name("report.css")


def write_report(
    evaluation: Evaluation, folder: Path, progress: Progress = lambda _done, _of: None
) -> Path:
    """Write index.html, results.json, curves.png and clips/NAME.png; return the HTML file.

    Args:
        folder: must exist.
        progress: called with 1 for each clip drawn, and the number of clips.
    """
    clips = folder / "clips"
    clips.mkdir(exist_ok=True)
    plots = []
    for plot in clip_plots(evaluation):
        (clips / f"{plot.name}.png").write_bytes(plot.png)
        plots.append(plot)
        progress(1, evaluation.clips)
    curve = curves(evaluation)
    (folder / "curves.png").write_bytes(curve)
    (folder / "results.json").write_text(json.dumps(as_json(evaluation, {}), indent=1) + "\n")
    page = folder / "index.html"
    page.write_text(_page(evaluation, curve, plots), encoding="utf-8")
    return page


def _page(evaluation: Evaluation, curve: bytes, plots: Sequence[ClipPlot]) -> str:
    title = f"{evaluation.scorer.name} on {evaluation.dataset.name}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(headline(evaluation))}.</p>",
        f"<p class=soft>weights <code>{evaluation.scorer.weights_hash[:16]}</code></p>",
        *(f"<p class=note>{escape(note)}</p>" for note in notes(evaluation)),
        _tiles(evaluation),
        _section("How well abnormal frames are detected", _summary(evaluation)),
        _section("What it costs to detect events", _alarms(evaluation)),
        _section("Curves", _image(curve, "ROC and precision-recall curves")),
        _section("Scenes", _scenes(evaluation)),
        _section("Clips", "".join(_clips(evaluation, plots))),
    ]
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _tiles(evaluation: Evaluation) -> str:
    """Return the main figures, each next to the baseline to compare it with."""
    tiles = []
    for protocol, result in evaluation.results.items():
        measures = result.measures
        tiles.append((f"AUROC, {protocol} protocol", number(measures.auroc.all)))
        tiles.append((f"covered frames only, {protocol}", number(measures.auroc.covered)))
    tiles.append(("frame's number alone", number(measures.frame_index.all)))
    tiles.append(("frames covered", percent(measures.coverage)))
    shown = (f"<div class=tile><b>{value}</b><span>{name}</span></div>" for name, value in tiles)
    return f"<div class=tiles>{''.join(shown)}</div>"


def _summary(evaluation: Evaluation) -> str:
    """Return the measures of all protocols side by side."""
    measures = [result.measures for result in evaluation.results.values()]
    spans = "".join(f"<th colspan=2>{protocol}</th>" for protocol in evaluation.results)
    head = "<th>AUROC</th>" + "<th>all frames</th><th>covered frames</th>" * len(measures)
    rows = side_by_side([auroc_rows(each) for each in measures])
    others = side_by_side([single_rows(each) for each in measures])
    return (
        f"<table><thead><tr><th></th>{spans}</tr><tr>{head}</tr></thead>{_body(rows, strong=1)}"
        f"</table><br>{_table(('', *evaluation.results), others)}"
        "<p class=soft>The paper's protocol uses future frames; the causal one is what a live "
        "system can do. A model that does not beat the two lowest rows detects nothing beyond what "
        "the labels give away.</p>"
    )


def _alarms(evaluation: Evaluation) -> str:
    head = ("events detected", "threshold", "false alarms per hour", "normal time in alarm")
    parts = []
    for protocol, result in evaluation.results.items():
        measures = result.measures
        rows = alarm_rows(measures.false_alarms, measures.events)
        parts.append(_table((f"{protocol}: {head[0]}", *head[1:]), rows))
    hours = measures.normal_hours
    return "<br>".join(parts) + (
        f"<p class=soft>{measures.events} events; normal time is {hours:.3f} h: rates below about "
        "one per that time cannot be measured.</p>"
    )


def _scenes(evaluation: Evaluation) -> str:
    """Return the scenes with the AUROC of all protocols side by side."""
    tables = [scene_rows(result.measures) for result in evaluation.results.values()]
    rows = side_by_side(tables, shared=4)
    head = ["scene", "clips", "frames", "abnormal frames"]
    for protocol in evaluation.results:
        head += [f"AUROC, {protocol}", "covered frames"]
    return _table(head, rows)


def _clips(evaluation: Evaluation, plots: Sequence[ClipPlot]) -> Iterator[str]:
    keys = "".join(
        f"<span class='key line' style='border-color:{COLOURS[protocol]}'></span>{protocol}"
        for protocol in evaluation.results
    )
    limit = shown_limit(evaluation)
    dashed = (
        "" if limit is None else f"threshold that detects {percent(limit.recall)} of the events"
    )
    yield (
        f"<p class=soft>Scores in bits/dimension, higher is more unusual.{keys}"
        f"<span class=key style='background:{ABNORMAL}'></span>abnormal"
        f"<span class='key dashed' style='border-color:{LIMIT}'></span>{dashed}. "
        "Causal lines have gaps where nobody is scored.</p>"
    )
    own = {
        protocol: dict(
            zip(evaluation.truth.names, clip_aurocs(result.scores, evaluation.truth), strict=True)
        )
        for protocol, result in evaluation.results.items()
    }
    for plot in plots:
        figures = " · ".join(f"{name} {number(of[plot.name].all)}" for name, of in own.items())
        yield (
            f"<figure><figcaption><b>{escape(plot.name)}</b><span class=soft>AUROC {figures}</span>"
            f"</figcaption>{_image(plot.png, f'scores of {plot.name}')}</figure>"
        )


def side_by_side(tables: Sequence[Rows], shared: int = 1) -> Rows:
    """Join tables of the same rows: their shared first columns, then the others of each table."""
    joined: Rows = []
    for same_row in zip(*tables, strict=True):
        own_cells = chain.from_iterable(row[shared:] for row in same_row)
        joined.append((*same_row[0][:shared], *own_cells))
    return joined


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _table(head: Sequence[str], rows: Rows) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    return f"<table><thead><tr>{cells}</tr></thead>{_body(rows)}</table>"


def _body(rows: Rows, *, strong: int = 0) -> str:
    """Return a table's rows as HTML, the first `strong` of them in bold."""
    lines = []
    for index, row in enumerate(rows):
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row)
        lines.append(f"<tr class={'strong' if index < strong else 'plain'}>{cells}</tr>")
    return f"<tbody>{''.join(lines)}</tbody>"


def _image(png: bytes, meaning: str) -> str:
    data = base64.b64encode(png).decode()
    return f'<img alt="{escape(meaning)}" src="data:image/png;base64,{data}">'
