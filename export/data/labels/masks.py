"""Frame masks from intervals, checked for all clips before the first is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.data.clips import Clip
from export.data.labelled import Bool, all_normal
from export.data.poses import pose_files, read_clip
from export.data.problems import raise_for_problems
from export.data.truth import MAX_FRAMES
from tracker.errors import BadPoses, ConfigError


@dataclass(frozen=True, slots=True)
class Intervals:
    """What is abnormal in a clip.

    Attributes:
        stretches: first and last frame of each, both included.
        frames: how many the clip has; None: up to its last pose or stretch.
    """

    stretches: tuple[tuple[int, int], ...] = ()
    frames: int | None = None


def clips_to_mask(poses: Path) -> list[Path]:
    """List the pose files of a folder.

    Raises:
        ConfigError: there is no such folder, or none in it.
    """
    if not poses.is_dir():
        raise ConfigError(f"--poses {poses} is no folder; name the one that holds the pose files")
    files = pose_files(poses)
    if not files:
        raise ConfigError(f"{poses} holds no pose files; they end in .json or .json.gz")
    return files


def masks_of(poses: Path, intervals_of: Callable[[str], Intervals]) -> Mapping[str, Bool]:
    """Make the mask of every clip in a folder of pose files, bool (frames,) by name.

    Args:
        intervals_of: from a clip's name; raises BadPoses where they are not usable.

    Raises:
        ConfigError: as `clips_to_mask`.
        BadPoses: clips or their labels are not usable; the text lists them.
    """
    files = clips_to_mask(poses)
    masks: dict[str, Bool] = {}
    problems = []
    for file in files:
        try:
            clip = read_clip(file, 1.0)  # masks count frames: whatever their rate
            masks[clip.name] = _mask(clip, intervals_of(clip.name))
        except BadPoses as err:
            problems.append(str(err))
    raise_for_problems(problems, len(files), poses)
    return masks


def write_masks(masks: Mapping[str, Bool], out: Path) -> None:
    """Write NAME.npy of each clip, 1: abnormal, and say what is in them.

    Raises:
        ConfigError: the folder cannot be written to.
    """
    for name, mask in masks.items():
        try:
            out.mkdir(parents=True, exist_ok=True)
            np.save(out / f"{name}.npy", mask.astype(np.uint8))
        except OSError as err:
            raise ConfigError(f"--out {out} cannot be written to: {err}") from err
        print(f"{out / name}.npy: {mask.sum()} of {len(mask)} frames are abnormal")


def _mask(clip: Clip, intervals: Intervals) -> Bool:
    seen = len(all_normal(clip))
    ends = [last + 1 for _, last in intervals.stretches]
    needed = max([seen, *ends])
    frames = needed if intervals.frames is None else intervals.frames
    if frames < needed:
        what = "seen" if seen == needed else "labelled"
        raise BadPoses(f"{clip.name}: {frames} frames by its label, but {what} up to {needed - 1}")
    if frames > MAX_FRAMES:
        raise BadPoses(f"{clip.name}: {frames} frames; at most {MAX_FRAMES}")
    mask = np.zeros(frames, bool)
    for first, last in intervals.stretches:
        mask[first : last + 1] = True
    return mask
