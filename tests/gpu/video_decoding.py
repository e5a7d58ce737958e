"""Frames a second decoded by the card (NVDEC) where PyNvVideoCodec is, beside OpenCV's."""

import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from gpu.job import Job
from gpu.report import Figure, Row

PACKAGE = "PyNvVideoCodec"
_BATCH = 16
_FRAME_PX, _FPS = (1280, 720), 25


def measure_decoding(job: Job) -> list[Row]:
    """Decode one film by both, or say that the card's decoder is not here."""
    film = job.film or _drawn_film(job.folder / "film.mp4", job.sizes.film_frames)
    rates: dict[str, Figure] = {"OpenCV": _by_opencv(film)}
    if not job.cuda or find_spec(PACKAGE) is None:
        missing = "no card" if not job.cuda else f"{PACKAGE} is not installed"
        rates["NVDEC"] = f"not measured: {missing}"
    else:
        rates["NVDEC"] = _by_card(film)
    text = ", ".join(f"{name} {rate}" for name, rate in rates.items())
    return [Row(what=f"decoding {film.name}", text=f"{text} (frames/s)", figures=rates)]


def _by_opencv(film: Path) -> float:
    capture = cv2.VideoCapture(str(film))
    frames, begun_s = 0, time.perf_counter()
    while capture.read()[0]:
        frames += 1
    capture.release()
    return round(frames / (time.perf_counter() - begun_s), 1)


def _by_card(film: Path) -> float | str:
    """Return the rate, or why there is none: what a card decodes depends on the codec."""
    codec = import_module(PACKAGE)
    begun_s = time.perf_counter()
    try:
        decoder = codec.SimpleDecoder(
            str(film),
            gpu_id=0,
            use_device_memory=True,
            output_color_type=codec.OutputColorType.RGBP,
        )
        left = total = len(decoder)
        while left > 0:
            left -= len(decoder.get_batch_frames(min(_BATCH, left)))
    except Exception as err:  # the codec's own errors share no base but this
        return f"not measured: {type(err).__name__}: {err}"[:200]
    return round(total / (time.perf_counter() - begun_s), 1)


def _drawn_film(file: Path, frames: int) -> Path:
    """Write a film of noise that moves; MPEG-4, which OpenCV's wheel can write."""
    codec = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(file), codec, _FPS, _FRAME_PX)
    small = np.random.default_rng(0).integers(0, 256, (45, 80, 3), np.uint8)
    picture = cv2.resize(small, _FRAME_PX)
    for number in range(frames):
        writer.write(np.roll(picture, 3 * number, axis=1))
    writer.release()
    return file
