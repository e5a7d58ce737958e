"""Pictures a second on RTMO's path: frames drawn into the network's pictures, then the network."""

import os
from functools import partial

import numpy as np
from gpu import picture_network
from gpu.job import Job
from gpu.report import Figure, Row
from gpu.timing import median_s

from tracker.pose.rtmo_decode import letterbox
from tracker.pose.rtmo_network import RtmoNetwork
from tracker.types import Float32, Image
from tracker.weights.onnx_session import open_session

FRAME_PX = (1280, 720)
MOST_THREADS = 8


def measure_pictures(job: Job) -> list[Row]:
    """Measure the service's path at every batch size, and the network alone in one call."""
    file = picture_network.save(job.folder / "pictures.onnx", job.sizes.network_width)
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    network = RtmoNetwork(file, provider=job.provider, threads=threads)
    session = open_session(str(file), wanted=job.provider, threads=threads)
    random = np.random.default_rng(0)
    size = (max(job.sizes.picture_batches), FRAME_PX[1], FRAME_PX[0], 3)
    frames = list(random.integers(0, 256, size, np.uint8))
    rows = []
    for batch in job.sizes.picture_batches:
        some = frames[:batch]
        room = network.buffer()
        pictures = np.zeros((batch, *room.shape[1:]), np.float32)
        rates: dict[str, Figure] = {}
        for name, call in {
            "path": partial(_path, network, room, some),
            "drawing": partial(_draw, pictures, some),
            "network in one call": partial(session.run, None, {"input": pictures}),
        }.items():
            rates[name] = round(batch / median_s(call, job.sizes.round_s), 1)
        text = ", ".join(f"{name} {rate}" for name, rate in rates.items()) + " (pictures/s)"
        rows.append(Row(what=f"RTMO-like, {batch} pictures", text=text, figures=rates))
    return rows


def _path(network: RtmoNetwork, room: Float32, frames: list[Image]) -> None:
    """Do what the service does with frames that wait, in as many batches as it would make."""
    for start in range(0, len(frames), network.largest):
        some = frames[start : start + network.largest]
        _draw(room, some)
        network.run(room, len(some))


def _draw(pictures: Float32, frames: list[Image]) -> None:
    place = letterbox(FRAME_PX, (pictures.shape[3], pictures.shape[2]))
    for frame, picture in zip(frames, pictures, strict=False):
        place.draw(frame, picture)
