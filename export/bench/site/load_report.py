"""What a load shows: frames, windows, latencies and costs of a site, and where it fails."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.bench.site.load_scenario import Scenario
from export.bench.site.readings import Reading, quantile_ms, read, since
from export.bench.site.service import RunningService, cpu_s

LATENCIES = ("capture_to_push", "capture_to_score", "capture_to_alert")
QUANTILES = (0.5, 0.95, 0.99)
ALERT_TARGET_MS = 1000.0
KEEPS_UP = 0.99
# How far two counters may differ, beyond what arrives while they are read: by windows in transit,
# and by frames that a camera has played ahead or is behind.
WINDOWS_BETWEEN_S = 1.0
FRAMES_BETWEEN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Counters of the service at one time."""

    metrics: Reading
    cpu_s: dict[str, float]
    redis: dict[str, str]

    @classmethod
    def of(cls, service: RunningService) -> "Snapshot":
        """Read the counters now."""
        used_s = {role: cpu_s(processes) for role, processes in service.roles().items()}
        redis = {**service.redis_info("stats"), **service.redis_info("commandstats")}
        return cls(metrics=read(service), cpu_s=used_s, redis=redis)


def report(
    scenario: Scenario, before: Snapshot, after: Snapshot, client_ms: list[float]
) -> dict[str, Any]:
    """Return the figures of the time between two snapshots.

    Args:
        client_ms: time from capture to the client, of every alert that opened.
    """
    figures = {
        "cameras": scenario.cameras,
        "camera_processes": scenario.camera_processes,
        "people": scenario.people,
        "frames": _frames(scenario, before.metrics, after.metrics),
        "windows": _windows(before.metrics, after.metrics),
        "latency_ms": _latencies(before.metrics, after.metrics, client_ms),
        **_costs(before, after),
    }
    return {**figures, "fails": failures(figures)}


def failures(figures: dict[str, Any]) -> list[str]:
    """Describe each target that a load misses; empty if it meets all of them."""
    frames, windows = figures["frames"], figures["windows"]
    late_ms = figures["latency_ms"]["client"]["p95"]
    missed = []
    if frames["looked_at_per_s"] < KEEPS_UP * frames["asked_per_s"]:
        missed.append(f"{frames['looked_at_per_s']} of {frames['asked_per_s']} frames/s")
    if not late_ms <= ALERT_TARGET_MS:
        missed.append(f"alerts {late_ms} ms after capture (p95)")
    if windows["dropped"]:
        missed.append(f"windows dropped: {windows['dropped']}")
    missed += _unexplained("frames", frames["unexplained"], "looked at")
    missed += _unexplained("windows", windows["unexplained"], "scored")
    return missed


def _unexplained(what: str, missing: int, ends: str) -> list[str]:
    """Say that counters do not add up; a negative number is more at the end than there were."""
    if missing > 0:
        return [f"{missing} {what} were neither {ends} nor dropped"]
    more = f"{-missing} {what} more were {ends} or dropped than there were"
    return [more] if missing else []


def _frames(scenario: Scenario, before: Reading, after: Reading) -> dict[str, Any]:
    seconds = after.at_s - before.at_s
    asked = scenario.cameras * scenario.fps * seconds
    processed = after.total("frames_total") - before.total("frames_total")
    dropped = _gained(before, after, "frames_dropped_total")
    missing = asked - processed - sum(dropped.values())
    between = scenario.cameras * (FRAMES_BETWEEN + scenario.fps * (before.took_s + after.took_s))
    return {
        "asked_per_s": round(asked / seconds, 1),
        "looked_at_per_s": round(processed / seconds, 1),
        "dropped": dropped,
        "unexplained": round(missing) if abs(missing) > between else 0,
    }


def _windows(before: Reading, after: Reading) -> dict[str, Any]:
    seconds = after.at_s - before.at_s
    ready = after.total("windows_total") - before.total("windows_total")
    scored = after.total("windows_scored_total") - before.total("windows_scored_total")
    dropped = _gained(before, after, "windows_dropped_total")
    unscorable = _gained(before, after, "windows_unscorable_total")
    batches = after.value("batch_size_count") - before.value("batch_size_count")
    waiting = after.value("queue_depth", queue="windows")
    more = waiting - before.value("queue_depth", queue="windows")
    missing = ready - scored - sum(dropped.values()) - sum(unscorable.values()) - more
    between_s = WINDOWS_BETWEEN_S + before.took_s + after.took_s
    return {
        "ready_per_s": round(ready / seconds, 1),
        "scored_per_s": round(scored / seconds, 1),
        "per_batch": round(scored / max(batches, 1), 1),
        "waiting": round(waiting),
        "dropped": dropped,
        "unscorable": unscorable,
        "scores_ignored": _gained(before, after, "scores_ignored_total"),
        "unexplained": 0 if abs(missing) <= between_s * ready / seconds else round(missing),
    }


def _latencies(before: Reading, after: Reading, client_ms: list[float]) -> dict[str, Any]:
    latencies: dict[str, Any] = {}
    for name in LATENCIES:
        histogram = since(*(each.histogram(f"{name}_seconds") for each in (before, after)))
        latencies[name] = {f"p{100 * q:.0f}": quantile_ms(histogram, q) for q in QUANTILES}
    times = np.percentile(client_ms or [np.nan], [100 * q for q in QUANTILES]).round(1)
    names = (f"p{100 * q:.0f}" for q in QUANTILES)
    latencies["client"] = {**dict(zip(names, times.tolist(), strict=True)), "n": len(client_ms)}
    return latencies


def _costs(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """Return the cost of a camera frame, by process, stage and Redis command."""
    seconds = after.metrics.at_s - before.metrics.at_s
    frames = max(after.metrics.total("frames_total") - before.metrics.total("frames_total"), 1)
    windows = max(after.metrics.total("windows_total") - before.metrics.total("windows_total"), 1)
    used_s = {role: used - before.cpu_s.get(role, 0.0) for role, used in after.cpu_s.items()}
    bytes_in, bytes_out = (
        int(after.redis[name]) - int(before.redis[name])
        for name in ("total_net_input_bytes", "total_net_output_bytes")
    )
    used_s["all"] = sum(used_s.values())
    return {
        "cpu_ms_per_frame": {role: round(1000 * s / frames, 3) for role, s in used_s.items()},
        "cores_used": {role: round(s / seconds, 2) for role, s in used_s.items()},
        "wall_ms_per_frame": {
            stage: round(1000 * s / frames, 3)
            for stage, s in _gained(
                before.metrics, after.metrics, "stage_duration_seconds_sum", "stage", 6
            ).items()
        },
        "redis_ms_per_frame": _commands_ms(before.redis, after.redis, frames),
        "redis_bytes": {
            "in_per_frame": round(bytes_in / frames),
            "out_per_frame": round(bytes_out / frames),
            "per_window": round((bytes_in + bytes_out) / windows),
        },
    }


def _commands_ms(before: dict[str, str], after: dict[str, str], frames: float) -> dict[str, float]:
    """Return the time Redis spends per camera frame in each command that takes 1 µs or more."""
    spent = {
        name.removeprefix("cmdstat_"): (_usec(text) - _usec(before.get(name, ""))) / 1000 / frames
        for name, text in after.items()
        if name.startswith("cmdstat_")
    }
    return {name: round(ms, 4) for name, ms in sorted(spent.items()) if ms >= 0.001}


def _usec(text: str) -> float:
    fields = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    return float(fields.get("usec", 0))


def _gained(
    before: Reading, after: Reading, name: str, label: str = "reason", digits: int = 0
) -> dict[str, float]:
    """Return the increase of each label's count, where there is one."""
    earlier = before.by(name, label)
    grown = {key: now - earlier.get(key, 0.0) for key, now in after.by(name, label).items()}
    return {key: round(more, digits) for key, more in grown.items() if more > 0}


def breaking(rows: list[dict[str, Any]]) -> str:
    """Describe what fails first, and at how many cameras."""
    cores = len(os.sched_getaffinity(0))
    for row in rows:
        if row["fails"]:
            used = {role: n for role, n in row["cores_used"].items() if role != "all"}
            busiest = max(used, key=lambda role: used[role])
            return (
                f"{row['cameras']} cameras: {'; '.join(row['fails'])}. All processes together use "
                f"{row['cores_used']['all']} of {cores} cores, most of them {busiest}: "
                f"{used[busiest]}"
            )
    return f"nothing breaks up to {rows[-1]['cameras']} cameras"
