"""Reads sequences in the format of MOTChallenge: a folder of `gt.txt`, `det.txt`, `seqinfo.ini`."""

import configparser
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker.errors import ConfigError
from tracker.types import Pose

_ASSUMED_FPS = 10.0  # of the older sequences, which come without seqinfo.ini
_NO_JOINTS = np.zeros((17, 3), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class BoxSequence:
    """A sequence given by boxes, without video.

    Attributes:
        fps: the camera's frame rate.
        frames: number of frames, numbered from 1.
        detections: boxes of a detector by frame, as poses without joints.
    """

    name: str
    fps: float
    frames: int
    width_px: int
    height_px: int
    detections: Mapping[int, list[Pose]]
    truth: Path


def read_sequence(folder: Path) -> BoxSequence:
    """Read the folder of a sequence.

    Raises:
        ConfigError: a file is missing or is not in the format.
    """
    truth = read_rows(folder / "gt.txt")
    found = read_rows(folder / "det.txt")
    frames = max(int(truth[:, 0].max()), int(found[:, 0].max()))
    settings = configparser.ConfigParser()
    settings.read(folder / "seqinfo.ini")
    info = settings["Sequence"] if settings.has_section("Sequence") else {}
    right_px, bottom_px = (truth[:, 2:4] + truth[:, 4:6]).max(axis=0)
    return BoxSequence(
        name=folder.name,
        fps=float(info.get("frameRate", _ASSUMED_FPS)),
        frames=int(info.get("seqLength", frames)),
        width_px=int(info.get("imWidth", right_px)),
        height_px=int(info.get("imHeight", bottom_px)),
        detections=_poses(found),
        truth=folder / "gt.txt",
    )


def read_rows(path: Path) -> NDArray[np.float64]:
    """Return frame, number, left, top, width, height, score and what follows, float64 (N, 7+).

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        rows = np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, ValueError) as err:
        raise ConfigError(f"{path} is not in MOTChallenge's format: {err}") from err
    if rows.shape[0] == 0 or rows.shape[1] < 7:
        raise ConfigError(f"{path} is not in MOTChallenge's format: rows need at least 7 numbers")
    return rows


def _poses(rows: NDArray[np.float64]) -> Mapping[int, list[Pose]]:
    scores = rows[:, 6]
    if scores.min() < 0 or scores.max() > 1:
        scores = 1 / (1 + np.exp(-scores))  # margins of a detector: 0 becomes 0.5
    poses: defaultdict[int, list[Pose]] = defaultdict(list)
    for row, score in zip(rows, scores, strict=True):
        box_px = np.concatenate([row[2:4], row[2:4] + row[4:6]]).astype(np.float32)
        poses[int(row[0])].append(Pose(_NO_JOINTS, box_px, score=float(score)))
    return poses
