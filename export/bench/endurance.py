"""`bench endurance`: does a site stay as it began? Latency, rates and memory, minute by minute."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from export.bench.overload import read
from export.bench.service import RunningService

# The first minutes fill caches and learn backgrounds; drift is judged after them.
SETTLED_AFTER_MIN = 3.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the site looked like over one stretch of time.

    Attributes:
        minute: since the start, at the end of the stretch.
        fps: of each camera.
        age_p50_ms, age_p95_ms: from a frame's capture until its windows were handed on.
        cpu_share: processor seconds per second, of the whole service.
    """

    minute: float
    live: int
    fps: list[float]
    age_p50_ms: float
    age_p95_ms: float
    memory_mb: float
    threads: int
    cpu_share: float


def watch(sources: Sequence[str], *, minutes: float, every_s: float) -> list[Sample]:
    """Run a site with these cameras and look at it again and again."""
    cameras = [
        {"name": f"camera-{number}", "source": source} for number, source in enumerate(sources, 1)
    ]
    samples: list[Sample] = []
    with RunningService(cameras) as service:
        began_s = looked_s = time.monotonic()
        ages, used_s = _ages(service), service.cpu_s()
        while looked_s - began_s < minutes * 60:
            time.sleep(every_s)
            now_s, now_ages, now_used_s = time.monotonic(), _ages(service), service.cpu_s()
            told = service.get("/cameras")
            samples.append(
                Sample(
                    minute=round((now_s - began_s) / 60, 1),
                    live=sum(camera["state"] == "live" for camera in told),
                    fps=[round(camera["fps"], 1) for camera in told],
                    age_p50_ms=_quantile_ms(now_ages - _like(ages, now_ages), 0.5),
                    age_p95_ms=_quantile_ms(now_ages - _like(ages, now_ages), 0.95),
                    memory_mb=round(service.memory_mb(), 1),
                    threads=service.threads(),
                    cpu_share=round((now_used_s - used_s) / (now_s - looked_s), 2),
                )
            )
            ages, used_s, looked_s = now_ages, now_used_s, now_s
            print(json.dumps(asdict(samples[-1])), flush=True)
    return samples


def drift(samples: Sequence[Sample]) -> dict[str, float]:
    """Return how latency and memory change per hour, by straight lines through the settled part."""
    settled = [sample for sample in samples if sample.minute >= SETTLED_AFTER_MIN]
    if len(settled) < 3:
        return {}
    hours = np.array([sample.minute for sample in settled]) / 60
    return {
        f"{name}_per_hour": round(
            float(np.polyfit(hours, [getattr(sample, name) for sample in settled], 1)[0]), 1
        )
        for name in ("age_p50_ms", "age_p95_ms", "memory_mb", "threads")
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench endurance`."""
    parser.add_argument(
        "--source", nargs="+", required=True, help="one per camera, as in site.yaml"
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--every-seconds", type=float, default=60.0, help="one sample each")


def run(arguments: argparse.Namespace) -> None:
    """Print a line of JSON per sample, then the drift."""
    samples = watch(arguments.source, minutes=arguments.minutes, every_s=arguments.every_seconds)
    print(json.dumps(drift(samples)))


def _ages(service: RunningService) -> NDArray[np.float64]:
    """Return the histogram of frame ages, float64 (n, 2): upper edge in s, frames up to it."""
    counts: dict[float, float] = {}
    for (name, labels), value in read(service).series.items():
        if name == "capture_to_push_seconds_bucket":
            edge_s = float(dict(labels)["le"])
            counts[edge_s] = counts.get(edge_s, 0.0) + value
    return np.array(sorted(counts.items())).reshape(-1, 2)


def _like(before: NDArray[np.float64], now: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the earlier counts with zeros for edges, so that a difference keeps the edges."""
    earlier = np.zeros_like(now)
    earlier[: len(before), 1] = before[:, 1]
    return earlier


def _quantile_ms(ages: NDArray[np.float64], quantile: float) -> float:
    """Return a quantile of a cumulative histogram, interpolated within its bucket."""
    if not len(ages) or ages[-1, 1] <= 0:
        return float("nan")
    wanted = quantile * ages[-1, 1]
    edges = np.concatenate([[0.0], ages[:, 0]])
    counts = np.concatenate([[0.0], ages[:, 1]])
    bucket = int(np.searchsorted(counts, wanted))
    if not np.isfinite(edges[bucket]):
        return round(1000 * float(edges[bucket - 1]), 1)
    share = (wanted - counts[bucket - 1]) / max(counts[bucket] - counts[bucket - 1], 1e-9)
    return round(1000 * float(edges[bucket - 1] + share * (edges[bucket] - edges[bucket - 1])), 1)
