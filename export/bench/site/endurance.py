"""`bench endurance`: records latency, rates and memory of a site over time, and their drift."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from export.bench.site.readings import quantile_ms, read, since
from export.bench.site.service import RunningService

# The first minutes fill caches and learn backgrounds; drift is measured after them.
SETTLED_AFTER_MIN = 3.0
AGES = "capture_to_push_seconds"


@dataclass(frozen=True, slots=True)
class Sample:
    """State of the site over one interval.

    Attributes:
        minute: minutes since the start, at the end of the interval.
        live: number of live cameras.
        fps: of each camera.
        age_p50_ms, age_p95_ms: time from a frame's capture until its windows were pushed.
        cpu_share: processor seconds of the whole service per second.
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
    """Run a site with these cameras and take a sample in every interval."""
    cameras = [
        {"name": f"camera-{number}", "source": source} for number, source in enumerate(sources, 1)
    ]
    samples: list[Sample] = []
    with RunningService(cameras) as service:
        began_s = sampled_s = time.monotonic()
        ages, used_s = read(service).histogram(AGES), service.cpu_s()
        while sampled_s - began_s < minutes * 60:
            time.sleep(every_s)
            now_s, now_ages, now_used_s = (
                time.monotonic(),
                read(service).histogram(AGES),
                service.cpu_s(),
            )
            statuses = service.get("/cameras")
            samples.append(
                Sample(
                    minute=round((now_s - began_s) / 60, 1),
                    live=sum(camera["state"] == "live" for camera in statuses),
                    fps=[round(camera["fps"], 1) for camera in statuses],
                    age_p50_ms=quantile_ms(since(ages, now_ages), 0.5),
                    age_p95_ms=quantile_ms(since(ages, now_ages), 0.95),
                    memory_mb=round(service.memory_mb(), 1),
                    threads=service.threads(),
                    cpu_share=round((now_used_s - used_s) / (now_s - sampled_s), 2),
                )
            )
            ages, used_s, sampled_s = now_ages, now_used_s, now_s
            print(json.dumps(asdict(samples[-1])), flush=True)
    return samples


def drift(samples: Sequence[Sample]) -> dict[str, float]:
    """Return the change of latency and memory per hour, by linear fits to the settled part."""
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
