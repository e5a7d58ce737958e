"""What `plan` and `simulate` take: the bounds of every flag and of every measured figure."""

import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest value, and what it is; `or_zero`: 0 has a meaning of its own."""

    least: float
    greatest: float
    what: str
    or_zero: bool = False

    def hold(self, value: float) -> bool:
        """Return whether the value lies within; NaN never does."""
        return self.least <= value <= self.greatest or (self.or_zero and value == 0)

    @property
    def text(self) -> str:
        """The bounds in words."""
        zero = "0, or " if self.or_zero else ""
        return f"{zero}from {_number(self.least)} to {_number(self.greatest)}"


# By the flag's name: without it a typing error is multiplied into machines that nobody can buy.
FLAGS: Mapping[str, Bounds] = {
    "cameras": Bounds(1, 1_000_000, "the number of cameras"),
    "people": Bounds(0.01, 100, "the people in a picture, on average", or_zero=True),
    "fps": Bounds(0.1, 240, "the pictures a second of one camera"),
    "stride": Bounds(1, 100, "how many frames apart windows are scored"),
    "pose_ms": Bounds(0.01, 10_000, "the CPU-ms of one picture, 0 for the costs'", or_zero=True),
    "gpu_frames_per_s": Bounds(1, 1_000_000, "the pictures a second of one GPU, 0 for none", True),
    "stream_mbit": Bounds(0, 1_000, "the Mbit/s of one camera's video"),
    "cores": Bounds(1, 1_024, "the processor cores of one machine"),
    "fill": Bounds(0.01, 1, "the planned share of its time that a processor works"),
    "seconds": Bounds(5, 3_600, "the seconds that --calibrate measures"),
    "cell_cameras": Bounds(1, 10_000, "the most cameras of a cell"),
}
_MS = Bounds(0.0001, 10_000, "CPU-ms of one frame")
_SMALL_MS = Bounds(0, 10_000, "CPU-ms of one frame")
_BYTES = Bounds(1, 1e9, "bytes of one frame")
# By the path of a figure in what `bench load --json` and `bench video --json` print.
FIGURES: Mapping[str, Bounds] = {
    "cameras": Bounds(1, 10_000, "simulated cameras"),
    "people": Bounds(0.01, 1_000, "people in a frame"),
    "people_per_frame": Bounds(0.01, 1_000, "people in a frame"),
    "simulator_ms_per_frame": _SMALL_MS,
    "cpu_ms_per_frame.camera": _MS,
    "cpu_ms_per_frame.worker": _MS,
    "cpu_ms_per_frame.api": _MS,
    "cpu_ms_per_frame.redis": _MS,
    "redis_bytes.in_per_frame": _BYTES,
    "redis_bytes.out_per_frame": _BYTES,
    "cpu_ms_per_frame.decode": _SMALL_MS,
    "cpu_ms_per_frame.track": _SMALL_MS,
    "cpu_ms_per_frame.boxes": _SMALL_MS,
    "cpu_ms_per_frame.landmarks": _SMALL_MS,
    "frames.asked_per_s": Bounds(0.1, 1e6, "frames a second of all cameras"),
}
MEASURE_AGAIN = "measure it again, with `posewarden-lab plan --calibrate FILE`"


def check_flag(name: str, value: float) -> None:
    """Refuse the value of a flag beyond its bounds.

    Raises:
        ConfigError: with the value, the bounds and what to give.
    """
    bounds = FLAGS[name]
    if not bounds.hold(value):
        flag = "--" + name.replace("_", "-")
        raise ConfigError(
            f"{flag} is {_number(value)}; it must be {bounds.text}: give {bounds.what}"
        )


def figure(row: Mapping[str, Any], path: str, file: Path) -> float:
    """Return a measured figure of a row by its path, parts apart by dots.

    Raises:
        ConfigError: it is missing, no number, or beyond its bounds.
    """
    value = at_path(row, path, file)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and FIGURES[path].hold(value):
        return float(value)
    bounds = FIGURES[path]
    raise ConfigError(
        f"{file}: {path} is {reprlib.repr(value)}; it must be {bounds.text} ({bounds.what}); "
        f"{MEASURE_AGAIN}"
    )


def at_path(row: Mapping[str, Any], path: str, file: Path) -> Any:  # noqa: ANN401 -- what JSON has
    """Return what stands at a path of a row.

    Raises:
        ConfigError: nothing does.
    """
    value: Any = row
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise ConfigError(f"{file} has no {path}; {MEASURE_AGAIN}")
        value = value[part]
    return value


def without_nonsense(value: Any) -> Any:  # noqa: ANN401 -- JSON in, JSON out
    """Return figures with None for NaN and infinity, which JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: without_nonsense(each) for name, each in value.items()}
    return [without_nonsense(each) for each in value] if isinstance(value, list | tuple) else value


def _number(value: float) -> str:
    # Python's integers have no end: formatting one as a float may overflow.
    if isinstance(value, int):
        return reprlib.repr(value)
    return f"{value:g}"
