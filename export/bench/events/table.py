"""The report as tables for people."""

from collections.abc import Mapping
from typing import Any

from export.bench.events.chain import PHASES, STAGES

Row = Mapping[str, Any]  # Any: JSON


def table(report: Row) -> str:
    """Return the report's three tables in Markdown."""
    rows = {**report["sets"], "all": report["pooled"]}
    seen = report["trained_on"]["clips"]
    parts = [
        f"model {report['model']}, pose {report['pose']}, extraction {report['extraction']}",
        *report["notes"],
        f"clips the model has seen: {', '.join(seen) or 'none'}",
        "",
        *_events(rows),
        "",
        *_chain(rows),
        "",
        *_windows(rows),
    ]
    return "\n".join(parts)


def _events(rows: Mapping[str, Row]) -> list[str]:
    head = (
        "set", "found", "right kind", "false alarms", "ordinary", "per hour (95 %)",
        "after the floor, median / p90", "clip AUROC all / scored", "alerts by kind",
    )  # fmt: skip
    lines = _head(head)
    for name, row in rows.items():
        rate, latency, auroc = row["false_alarms_per_hour"], row["latency_s"], row["auroc"]
        cells = (
            name,
            "; ".join(
                f"{one['found']} of {one['events']} {k}s" for k, one in row["by_class"].items()
            )
            or "–",
            str(row["found_right_kind"]),
            str(row["false_alarms"]),
            f"{60 * row['ordinary_hours']:.1f} min",
            f"{_text(rate['rate'])} ({_text(rate['low'])}–{_text(rate['high'])})",
            f"{_text(latency['median'])} / {_text(latency['p90'])} s",
            f"{_text(auroc['all'])} / {_text(auroc['scored'])} ({auroc['scored_clips']} clips)",
            ", ".join(
                f"{kind} {one['found']} + {one['false_alarms']} false"
                for kind, one in row["by_kind"].items()
            ),
        )
        lines.append(_line(cells))
    return lines


def _chain(rows: Mapping[str, Row]) -> list[str]:
    lines = _head(("share of frames with …", *STAGES, "frames", "identity kept"))
    for name, row in rows.items():
        chain = row["chain"]
        for phase in PHASES if chain["clips"] else ():
            same = chain["identity"]
            kept = f"{same['kept']} of {same['clips']}" if phase == "after" else ""
            shares = [_text(chain[phase][stage]) for stage in STAGES]
            lines.append(_line((f"{name} {phase}", *shares, str(chain[phase]["frames"]), kept)))
    return lines


def _windows(rows: Mapping[str, Row]) -> list[str]:
    lines = _head(("set", "windows scored", "not scored"))
    for name, row in rows.items():
        reasons = ", ".join(f"{k} {v}" for k, v in row["windows"]["unscorable"].items())
        lines.append(_line((name, str(row["windows"]["scored"]), reasons or "–")))
    return lines


def _head(cells: tuple[str, ...]) -> list[str]:
    return [_line(cells), "|" + "---|" * len(cells)]


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
