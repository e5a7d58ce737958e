"""Poses and ground truths of the smallest data sets."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest

ENDING = "_alphapose_tracked_person.json"


def _write_poses(
    folder: Path, name: str, people: Mapping[int, range], left_px: Mapping[int, float] | None = None
) -> None:
    """Write a clip of people who stand still, each within 40 px from `left_px` on."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {}
    for number, frames in people.items():
        left = (left_px or {}).get(number, 0.0)
        keypoints = [value for joint in range(17) for value in (left + joint, 2.0 * joint, 0.9)]
        content[str(number)] = {f"{n:04d}": {"keypoints": keypoints, "scores": 1.0} for n in frames}
    (folder / f"{name}{ENDING}").write_bytes(msgspec.json.encode(content))


@pytest.fixture
def write_poses() -> Callable[..., None]:
    """Write a clip of people who stand still."""
    return _write_poses


def _write_mask(folder: Path, name: str, mask: object) -> None:
    """Write a ground truth in NumPy's format, whatever the name ends in."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("wb") as file:
        np.save(file, np.asarray(mask))


@pytest.fixture
def write_mask() -> Callable[..., None]:
    """Write a ground truth."""
    return _write_mask
