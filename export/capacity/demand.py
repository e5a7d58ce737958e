"""`plan`: calculates the machines that a number of cameras needs, from measured costs.

Every cost is a constant below or a flag; docs/scaling.md says where each comes from and which are
assumptions. Nothing is run.
"""

import argparse
import json
import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tracker.errors import ConfigError

PEOPLE_MEASURED = 5  # in every frame of `bench load`
DIVISORS = ("cameras", "fps", "stride", "cores", "fill")  # options that must be above 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Costs of one camera frame, in CPU-ms and bytes, measured by `bench load` with 5 people.

    Attributes:
        camera_ms: from poses to Redis: tracking ids, resampling, push; without simulation.
        worker_ms, api_ms, redis_ms: scoring, the alert loop, and Redis between them.
        in_bytes, out_bytes: into and out of Redis.
    """

    camera_ms: float = 0.55
    worker_ms: float = 0.23
    api_ms: float = 0.15
    redis_ms: float = 0.21
    in_bytes: float = 4674.0
    out_bytes: float = 8912.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """The cameras to serve, and the machines to serve them with.

    Attributes:
        people: average number in a frame.
        pose_ms: CPU-ms per frame from video to tracks, without a GPU.
        decode_ms: the part of it that stays on the CPU with a GPU: decoding and tracking.
        gpu_frames_per_s: frames per second that one GPU estimates poses for; 0: no GPU.
        stream_mbit: bit rate of one camera's video.
        cores: processor cores per machine.
        fill: planned utilisation of processors, GPUs and servers, at most 1.
    """

    cameras: int
    people: float = 5.0
    fps: float = 15.0
    stride: int = 3
    pose_ms: float = 85.0
    decode_ms: float = 1.9
    gpu_frames_per_s: float = 0.0
    stream_mbit: float = 2.0
    cores: int = 32
    fill: float = 0.5

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            value, flag = getattr(self, name), "--" + name.replace("_", "-")
            if not 0 <= value < math.inf:
                raise ConfigError(f"{flag} is {value:g}; it must be a number of at least 0")
            if not value and name in DIVISORS:
                raise ConfigError(f"{flag} is {value:g}; it must be above 0")
        if self.fill > 1:
            raise ConfigError(f"--fill is {self.fill:g}; it must be at most 1")


def required_capacity(demand: Demand, costs: Costs) -> dict[str, float]:
    """Return the capacity needed, by quantities with their unit in the name."""
    frames = demand.cameras * demand.fps
    # Costs grow at most in proportion to the people; savings with fewer were not measured.
    crowd = max(demand.people / PEOPLE_MEASURED, 1.0)
    pose_ms = demand.decode_ms if demand.gpu_frames_per_s else demand.pose_ms
    pose_cores = frames * pose_ms / 1000
    camera_cores, worker_cores, api_cores, redis_cores = (
        frames * ms * crowd / 1000
        for ms in (costs.camera_ms, costs.worker_ms, costs.api_ms, costs.redis_ms)
    )
    cores = pose_cores + camera_cores + worker_cores + api_cores + redis_cores
    mbit = frames * crowd * (costs.in_bytes + costs.out_bytes) * 8 / 1e6
    gpus = frames / demand.gpu_frames_per_s / demand.fill if demand.gpu_frames_per_s else 0.0
    return {
        "frames_per_s": frames,
        "windows_per_s": frames * demand.people / demand.stride,
        "pose_cores": pose_cores,
        "camera_cores": camera_cores,
        "worker_cores": worker_cores,
        "api_cores": api_cores,
        "redis_cores": redis_cores,
        "machines": math.ceil(cores / (demand.cores * demand.fill)),
        "gpus": math.ceil(gpus),
        # Redis runs all commands in one thread: a shard is a core.
        "redis_shards": math.ceil(redis_cores / demand.fill),
        "api_processes": math.ceil(api_cores / demand.fill),
        "redis_mbit_per_s": mbit,
        "video_mbit_per_s": demand.cameras * demand.stream_mbit,
    }


def read_costs(file: Path) -> Costs:
    """Read the costs of the largest load that met its targets from `bench load --json` output.

    Raises:
        ConfigError: the file has no such load, or is not output of `bench load`.
    """
    try:
        return _costs(file)
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as err:
        raise ConfigError(f"--costs {file} is not output of `bench load --json`: {err!r}") from err


def _costs(file: Path) -> Costs:
    lines = [line for line in file.read_text().splitlines() if line.startswith("{")]
    rows = [row for row in map(json.loads, lines) if row.get("fails") == []]
    if not rows:
        raise ConfigError(f"{file} has no load that met its targets; run `bench load --json` again")
    row: dict[str, Any] = max(rows, key=lambda each: int(each["cameras"]))
    ms, sent = row["cpu_ms_per_frame"], row["redis_bytes"]
    crowd = PEOPLE_MEASURED / row["people"]
    return Costs(
        camera_ms=(ms["camera"] - row["simulator_ms_per_frame"]) * crowd,
        worker_ms=ms["worker"] * crowd,
        api_ms=ms["api"] * crowd,
        redis_ms=ms["redis"] * crowd,
        in_bytes=sent["in_per_frame"] * crowd,
        out_bytes=sent["out_per_frame"] * crowd,
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab plan`."""
    parser.add_argument("--cameras", type=int, required=True)
    defaults = Demand(cameras=1)
    for name in (field.name for field in fields(Demand) if field.name != "cameras"):
        value = getattr(defaults, name)
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, type=type(value), default=value, help="(%(default)s)")
    parser.add_argument("--costs", type=Path, help="output of `bench load --json`")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Print the capacity needed, one quantity per line."""
    demand = Demand(**{field.name: getattr(arguments, field.name) for field in fields(Demand)})
    costs = Costs() if arguments.costs is None else read_costs(arguments.costs)
    needed = required_capacity(demand, costs)
    if arguments.json:
        print(json.dumps(needed))
        return
    for name, value in needed.items():
        print(f"{name:<18}{value:>14,.1f}".removesuffix(".0"))
