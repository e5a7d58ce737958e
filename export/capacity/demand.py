"""The machines that a number of cameras needs, by arithmetic from the costs of a frame."""

import math
from dataclasses import dataclass, fields

from export.capacity.bounds import check_flag
from export.capacity.costs import PEOPLE_MEASURED, Costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """The cameras to serve, and the machines to serve them with.

    Attributes:
        people: average number in a frame.
        pose_ms: CPU-ms per frame from video to tracks, without a GPU; 0: by the costs.
        gpu_frames_per_s: frames per second that one GPU estimates poses for; 0: no GPU.
        stream_mbit: bit rate of one camera's video.
        cores: processor cores per machine.
        fill: planned utilisation of processors, GPUs and servers, at most 1.
    """

    cameras: int
    people: float = 5.0
    fps: float = 15.0
    stride: int = 3
    pose_ms: float = 0.0
    gpu_frames_per_s: float = 0.0
    stream_mbit: float = 2.0
    cores: int = 32
    fill: float = 0.5

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            check_flag(name, getattr(self, name))

    def picture_ms(self, costs: Costs) -> float:
        """Return the CPU-ms per frame from video to tracks that are left to the processors."""
        if self.gpu_frames_per_s:
            return costs.decode_ms
        return self.pose_ms or costs.picture_ms(self.people)

    @property
    def crowd(self) -> float:
        """How many times the road's costs were measured with the people of a frame.

        Costs grow at most in proportion to the people; savings with fewer were not measured.
        """
        return max(self.people / PEOPLE_MEASURED, 1.0)


def required_capacity(demand: Demand, costs: Costs) -> dict[str, float]:
    """Return the capacity needed, by quantities with their unit in the name."""
    frames = demand.cameras * demand.fps
    pose_cores = frames * demand.picture_ms(costs) / 1000
    camera_cores, worker_cores, api_cores, redis_cores = (
        frames * ms * demand.crowd / 1000
        for ms in (costs.camera_ms, costs.worker_ms, costs.api_ms, costs.redis_ms)
    )
    cores = pose_cores + camera_cores + worker_cores + api_cores + redis_cores
    mbit = frames * demand.crowd * (costs.in_bytes + costs.out_bytes) * 8 / 1e6
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
