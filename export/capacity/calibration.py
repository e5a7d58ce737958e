"""Measures the costs of a frame on this machine, for `plan`."""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export.bench.site.load import load
from export.bench.site.load_scenario import Scenario
from export.bench.vision.video import bench_video
from tracker.errors import ConfigError
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import ModelStore

PEOPLE, FPS = 5, 15.0
CAMERAS = (16, 8, 4, 2)  # the next number where a small machine does not carry the one before it
SETTLE_S = 12.0
VIDEO_FRAMES = 200


def calibrate(file: Path, video: Path | None, seconds: float, boxes: str = "yolox") -> None:
    """Measure the road with simulated cameras, and pictures if there is a video; write the file.

    What fails leaves no file behind, and one that was there as it was.

    Raises:
        ConfigError: the file cannot be written, or this machine could not carry the cameras.
        ModelUnavailable: the weights that the video needs cannot be had.
    """
    draft = _draft_of(file)
    try:
        rows = [measured_road(lambda cameras: _load(cameras, seconds))]
        if video is not None:
            store = ModelStore([], cache_folder("models"))
            rows.append(bench_video(video, store=store, boxes=boxes, frames=VIDEO_FRAMES))
        _finish(draft, file, "".join(json.dumps(row) + "\n" for row in rows))
    finally:
        draft.unlink(missing_ok=True)


def measured_road(load_of: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
    """Return the load of the most simulated cameras that this machine carries.

    Args:
        load_of: measures so many cameras; `fails` of its figures has the targets it missed.

    Raises:
        ConfigError: it does not carry the fewest.
    """
    fails = list[str]()
    for cameras in CAMERAS:
        try:
            figures = load_of(cameras)
        except TimeoutError as err:  # they did not even start in time
            figures = {"fails": [str(err)]}
        fails = figures["fails"]
        if not fails:
            return figures
        said = f"{cameras} simulated cameras are too many for this machine: {'; '.join(fails)}"
        print(said, file=sys.stderr, flush=True)
    raise ConfigError(
        f"this machine could not carry {CAMERAS[-1]} simulated cameras: {'; '.join(fails)}; "
        "calibrate again while it does nothing else"
    )


def _load(cameras: int, seconds: float) -> dict[str, Any]:
    scenario = Scenario(cameras=cameras, people=PEOPLE, fps=FPS, seconds=seconds)
    return load(scenario, settle_s=SETTLE_S)


def _draft_of(file: Path) -> Path:
    """Make an empty file in the same folder, to take the name of `file` once it is complete."""
    if file.is_dir():
        raise ConfigError(f"--calibrate {file} is a folder; name a file")
    try:
        number, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as err:
        raise _unwritable(file, err) from err
    os.close(number)
    return Path(name)


def _finish(draft: Path, file: Path, text: str) -> None:
    try:
        draft.write_text(text)
        draft.chmod(0o644)
        draft.replace(file)
    except OSError as err:
        raise _unwritable(file, err) from err


def _unwritable(file: Path, err: OSError) -> ConfigError:
    return ConfigError(f"--calibrate {file} cannot be written: {err.strerror}")
