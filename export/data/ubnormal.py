"""Layout of UBnormal: ``pose/{test,train}/TYPE_scene_S_scenario_C…json``, ``gt/…_tracks.txt``.

For test clips that file is in NumPy format, one number per frame, 1: *normal*. For abnormal
training clips it is text, ``track,first frame,last frame`` of each abnormal actor, and pictures
give the track of each pixel (``NAME_0012_gt.png``); both lie in ``NAME_annotations/``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from export.data.clips import Clip
from export.data.labelled import Bool, LabelledClip, Layout, Split, Unlabelled, all_normal
from export.data.poses import pose_files
from export.data.truth import read_mask, read_tracks
from tracker.errors import BadPoses
from tracker.types import Float32

_NAME = re.compile(r"(abnormal|normal)_scene_(\d+)_scenario(_\w+)")
# This share of a body's joints must lie on an actor's pixels; hands and feet often lie beside them.
ON_ACTOR = 0.5


@dataclass(frozen=True, slots=True)
class UbNormal(Layout):
    """The layout of UBnormal."""

    fps: float = 30.0

    def files(self, root: Path, split: Split) -> list[Path]:
        return pose_files(root / "pose" / split)

    def labelled(self, clip: Clip, root: Path, split: Split) -> LabelledClip:
        match = _NAME.fullmatch(clip.name)
        if match is None:
            raise BadPoses(
                f"{clip.name}: not a name of UBnormal, such as abnormal_scene_2_scenario_1_smoke"
            )
        people: Mapping[int, Bool] = {}
        if split == "test":
            abnormal = ~read_mask(root / "gt" / f"{clip.name}_tracks.txt", clip)
        elif tracks := _tracks_file(root / "gt", clip.name, match[2]):
            abnormal, people = _acted(clip, tracks)
        elif match[1] == "normal":
            abnormal = all_normal(clip)
        else:
            raise Unlabelled(f"{clip.name}: abnormal, but has no gt/{clip.name}_annotations")
        return LabelledClip(clip, match[2], f"{match[1]}_{match[3]}", abnormal, people)


def _tracks_file(gt: Path, name: str, scene: str) -> Path | None:
    """Find the file of a clip's intervals, the newer version if there are two."""
    folders = (gt / f"{name}_annotations", gt / f"Scene{scene}" / f"{name}_annotations")
    files = [
        folder / f"{name}{kind}"
        for kind in ("_new_tracks.txt", "_tracks.txt")
        for folder in folders
    ]
    return next((file for file in (*files, gt / f"{name}_tracks.txt") if file.exists()), None)


def _acted(clip: Clip, truth: Path) -> tuple[Bool, Mapping[int, Bool]]:
    """Return the abnormal frames of the clip and, if there are pictures, those of each person."""
    tracks = read_tracks(truth)
    ends = [last + 1 for _, _, last in tracks]
    abnormal = np.zeros(max([len(all_normal(clip)), *ends]), bool)
    for _, first, last in tracks:
        abnormal[first : last + 1] = True
    beside = truth.with_name(f"{clip.name}_annotations")
    pictures = _pictures(beside if beside.is_dir() else truth.parent, clip.name)
    if not pictures:
        return abnormal, {}
    people = {number: np.zeros(len(abnormal), bool) for number in clip.people}
    for frame in sorted(pictures.keys() & set(np.flatnonzero(abnormal).tolist())):
        actors = [track for track, first, last in tracks if first <= frame <= last]
        on_actor = _on_actor(pictures[frame], actors)
        for number, person in clip.people.items():
            # At most one row: each frame occurs once.
            rows = person.joints[person.frames == frame]
            people[number][frame] = any(_lies_on(on_actor, joints) for joints in rows)
    return abnormal, people


def _pictures(folder: Path, name: str) -> dict[int, Path]:
    """Return the pictures of a clip by frame number."""
    frame = re.compile(rf"{re.escape(name)}_(\d{{1,9}})_gt\.png")
    matches = ((frame.fullmatch(file.name), file) for file in folder.glob("*_gt.png"))
    return {int(match[1]): file for match, file in matches if match}


def _on_actor(picture: Path, actors: list[int]) -> Bool:
    """Return which pixels show one of the actors, bool (height, width)."""
    pixels = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise BadPoses(f"{picture.name}: does not read as a picture")
    return np.isin(pixels, actors)


def _lies_on(on_actor: Bool, joints: Float32) -> bool:
    """Return whether a body, float32 (17, 3), lies on the marked pixels."""
    height, width = on_actor.shape
    points = np.rint(joints[:, :2])
    inside = (points >= 0).all(axis=1) & (points < (width, height)).all(axis=1)
    x, y = points[inside].astype(np.int64).T
    return bool(on_actor[y, x].sum() >= ON_ACTOR * len(joints))
