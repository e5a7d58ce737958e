"""Makes frame masks from intervals; checks all clips before it writes the first."""

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
    """The abnormal intervals of a clip.

    Attributes:
        stretches: first and last frame of each, both included.
        frames: length of the clip; None: up to its last pose or stretch.
    """

    stretches: tuple[tuple[int, int], ...] = ()
    frames: int | None = None


def clips_to_mask(poses: Path) -> list[Path]:
    """List the pose files of a folder.

    Raises:
        ConfigError: there is no such folder, or it has no pose files.
    """
    if not poses.is_dir():
        raise ConfigError(f"--poses {poses} is no folder; give the one with the pose files")
    files = pose_files(poses)
    if not files:
        raise ConfigError(f"{poses} holds no pose files; they end in .json or .json.gz")
    return files


def masks_of(poses: Path, intervals_of: Callable[[str], Intervals]) -> Mapping[str, Bool]:
    """Make the mask of every clip in a folder of pose files, bool (frames,) by name.

    Args:
        intervals_of: clip name to intervals; raises BadPoses if they are not usable.

    Raises:
        ConfigError: as `clips_to_mask`.
        BadPoses: clips or their labels are not usable; the text lists them.
    """
    files = clips_to_mask(poses)
    masks: dict[str, Bool] = {}
    problems = []
    for file in files:
        try:
            clip = read_clip(file, 1.0)  # masks are per frame: the rate does not matter
            masks[clip.name] = _mask(clip, intervals_of(clip.name))
        except BadPoses as err:
            problems.append(str(err))
    raise_for_problems(problems, len(files), poses)
    return masks


def write_masks(masks: Mapping[str, Bool], out: Path) -> None:
    """Write NAME.npy for each clip, 1: abnormal, and print the number of abnormal frames.

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
    posed = len(all_normal(clip))
    ends = [last + 1 for _, last in intervals.stretches]
    needed = max([posed, *ends])
    frames = needed if intervals.frames is None else intervals.frames
    if frames < needed:
        what = "seen" if posed == needed else "labelled"
        raise BadPoses(f"{clip.name}: {frames} frames by its label, but {what} up to {needed - 1}")
    if frames > MAX_FRAMES:
        raise BadPoses(f"{clip.name}: {frames} frames; at most {MAX_FRAMES}")
    mask = np.zeros(frames, bool)
    for first, last in intervals.stretches:
        mask[first : last + 1] = True
    return mask
