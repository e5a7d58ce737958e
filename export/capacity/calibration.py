"""Measures the costs of a frame on this machine, for `plan`."""

import json
from pathlib import Path

from export.bench.site.load import Scenario, load
from export.bench.vision.video import bench_video
from tracker.errors import ConfigError
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import ModelStore

CAMERAS, PEOPLE, FPS = 16, 5, 15.0
SETTLE_S = 12.0
VIDEO_FRAMES = 200


def calibrate(file: Path, video: Path | None, seconds: float, boxes: str = "yolox") -> None:
    """Measure the road with simulated cameras, and pictures if there is a video; write the file.

    Raises:
        ConfigError: the file cannot be written, or this machine could not carry the cameras.
        ModelUnavailable: the weights that the video needs cannot be had.
    """
    try:
        file.write_text("")
    except OSError as err:
        raise ConfigError(f"--calibrate {file} cannot be written: {err.strerror}") from err
    scenario = Scenario(cameras=CAMERAS, people=PEOPLE, fps=FPS, seconds=seconds)
    rows = [load(scenario, settle_s=SETTLE_S)]
    if rows[0]["fails"]:
        raise ConfigError(
            f"this machine could not carry {CAMERAS} simulated cameras: "
            f"{'; '.join(rows[0]['fails'])}; calibrate again while it does nothing else"
        )
    if video is not None:
        store = ModelStore([], cache_folder("models"))
        rows.append(bench_video(video, store=store, boxes=boxes, frames=VIDEO_FRAMES))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
