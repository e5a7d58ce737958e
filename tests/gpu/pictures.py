"""Pictures a second on RTMO's path: frames into the network's pictures, then the network.

Frames are scaled by OpenCV, or where the network computes; then all cameras of a process at once.
"""

import os
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
from gpu import picture_network
from gpu.job import Job
from gpu.report import Figure, Row
from gpu.timing import median_s

from tracker.memory_telemetry import InMemoryTelemetry
from tracker.pose.rtmo import Rtmo
from tracker.pose.rtmo_network import RtmoNetwork
from tracker.pose.rtmo_room import Room
from tracker.types import NO_BOXES, Frame, Image
from tracker.weights.onnx_session import open_session

FRAME_PX = (1280, 720)
MOST_THREADS = 8
# Who scales the frames.
WAYS = {"OpenCV": False, "the device": True}


class NotOnDevice(RuntimeError):
    """Frames were to be scaled on the device and are not: the figures would be another path's."""


def measure_pictures(job: Job) -> list[Row]:
    """Measure the service's path at every batch size, and the network alone in one call."""
    networks = {name: _network(job, on_device=on_device) for name, on_device in WAYS.items()}
    session = open_session(str(_file(job)), wanted=job.provider, threads=_threads())
    frames = _frames(max(job.sizes.picture_batches))
    rows = []
    for batch in job.sizes.picture_batches:
        some = frames[:batch]
        side_px = picture_network.SIDE_PX
        pictures = np.zeros((batch, 3, side_px, side_px), np.float32)
        calls = {"network in one call": partial(session.run, None, {"input": pictures})}
        for name, network in networks.items():
            room = network.room()
            calls[f"path, scaled by {name}"] = partial(_path, network.largest, room, some)
            calls[f"scaling by {name}"] = partial(_draw, network.largest, room, some)
        rates: dict[str, Figure] = {
            name: round(batch / median_s(call, job.sizes.round_s), 1)
            for name, call in calls.items()
        }
        text = ", ".join(f"{name} {rate}" for name, rate in rates.items()) + " (pictures/s)"
        rows.append(Row(what=f"RTMO-like, {batch} pictures", text=text, figures=rates))
    return rows


def measure_cameras(job: Job) -> list[Row]:
    """Measure frames a second of all cameras of a process, each in its own thread."""
    rates: dict[str, Figure] = {}
    frames = _frames(job.sizes.picture_cameras)
    for name, on_device in WAYS.items():
        rtmo = Rtmo(
            _file(job),
            InMemoryTelemetry(),
            provider=job.provider,
            threads=_threads(),
            scale_on_device=on_device,
        )
        try:
            rates[f"scaled by {name}"] = round(_camera_rate(rtmo, frames, job.sizes.cameras_s), 1)
        finally:
            rtmo.close()
    text = ", ".join(f"{name} {rate}" for name, rate in rates.items()) + " (frames/s together)"
    return [Row(what=f"RTMO-like, {len(frames)} cameras", text=text, figures=rates)]


def _camera_rate(rtmo: Rtmo, frames: list[Image], seconds: float) -> float:
    """Let each camera show its frame again and again; return how many were answered a second."""
    counts = [0] * len(frames)
    ended = threading.Event()

    def watch(index: int) -> None:
        image = frames[index]
        frame = Frame(f"camera-{index}", "s", 0, 0.0, image.shape[1], image.shape[0], image)
        while not ended.is_set():
            rtmo.estimate(frame, NO_BOXES)
            counts[index] += 1

    cameras = [threading.Thread(target=watch, args=(index,)) for index in range(len(frames))]
    for camera in cameras:
        camera.start()
    begun_s = time.perf_counter()
    # At least one frame of each camera, however slow the machine.
    while time.perf_counter() - begun_s < seconds or not all(counts):
        if not any(camera.is_alive() for camera in cameras):
            raise RuntimeError("every camera failed; the errors stand above")
        time.sleep(0.01)
    ended.set()
    for camera in cameras:
        camera.join()
    return sum(counts) / (time.perf_counter() - begun_s)


def _network(job: Job, *, on_device: bool) -> RtmoNetwork:
    network = RtmoNetwork(
        _file(job), provider=job.provider, threads=_threads(), scale_on_device=on_device
    )
    if network.scale_on_device != on_device:
        raise NotOnDevice("the frames cannot be scaled on the device; the log above says why")
    return network


def _file(job: Job) -> Path:
    file = job.folder / "pictures.onnx"
    return file if file.is_file() else picture_network.save(file, job.sizes.network_width)


def _threads() -> int:
    return min(os.cpu_count() or 1, MOST_THREADS)


def _frames(number: int) -> list[Image]:
    random = np.random.default_rng(0)
    return list(random.integers(0, 256, (number, FRAME_PX[1], FRAME_PX[0], 3), np.uint8))


def _path(largest: int, room: Room, frames: list[Image]) -> None:
    """Do what the service does with frames that wait, in as many batches as it would make."""
    for start in range(0, len(frames), largest):
        some = frames[start : start + largest]
        _draw(largest, room, some)
        room.run(len(some))


def _draw(largest: int, room: Room, frames: list[Image]) -> None:
    for index, frame in enumerate(frames):
        room.draw(index % largest, frame)
