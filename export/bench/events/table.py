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
        *([f"without {', '.join(report['without'])}"] if report["without"] else []),
        *report["notes"],
        f"clips the model has seen: {', '.join(seen) or 'none'}",
        "",
        *_events(rows),
        "",
        *_chain(rows),
        "",
        *_windows(rows),
        "",
        *_baselines(rows),
        *_pose_sets(report["pose_sets"]),
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
    lines = _head(("set", "windows scored", "not scored", "of the scored, movement abstained"))
    for name, row in rows.items():
        found = row["windows"]
        cells = (_counts(found["unscorable"]), _counts(found["abstained"]))
        lines.append(_line((name, str(found["scored"]), *cells)))
    return lines


def _counts(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in reasons.items()) or "–"


def _baselines(rows: Mapping[str, Row]) -> list[str]:
    lines = _head(("set", "baseline", "clip AUROC all / scored", "found at as many false alarms"))
    for name, row in rows.items():
        for cue, found in row["baselines"].items():
            auroc = f"{_text(found['all'])} / {_text(found['scored'])}"
            events = f"{found['found_at_same_false_alarms']} of {row['events']}"
            lines.append(_line((name, cue, auroc, events)))
    return lines


def _pose_sets(sets: Mapping[str, Row]) -> list[str]:
    if not sets:
        return []
    rates = next(iter(sets.values()))["event_recall"]
    recalls = [f"recall at {one['per_hour']:g}/h" for one in rates]
    lines = ["", *_head(("poses", "by", "AUROC all / covered", *recalls, "F1 at best threshold"))]
    for name, row in sets.items():
        by = {"flow": row, "movement": row["movement"], **row["baselines"]}
        for label, found in by.items():
            auroc = f"{_text(found['auroc']['all'])} / {_text(found['auroc']['covered'])}"
            cells = [_recall(one) for one in found["event_recall"]]
            f1 = _text(found["event_f1_at_best_threshold"])
            lines.append(_line((name, label, auroc, *cells, f1)))
        rule, hours = row["shipped_rule"], row["ordinary_hours"]
        lines.append(
            f"| {name} | shipped rule | {rule['found']} of {row['events']} found, "
            f"{rule['false_alarms']} false alarms in {hours:.3f} h, F1 {rule['event_f1']:g} |"
            + " |"
            * (len(recalls) + 1)
        )
    return lines


def _recall(found: Row) -> str:
    remark = "" if found["resolvable"] else ", not resolvable"
    return f"{_text(found['recall'])} ({found['false_alarms']} false{remark})"


def _head(cells: tuple[str, ...]) -> list[str]:
    return [_line(cells), "|" + "---|" * len(cells)]


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
