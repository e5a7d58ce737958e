"""Layout of the AIHub data set: ``pose/…json``, ``gt/NAME.npy`` (1: abnormal), and splits.

The splits are test, train and train_ab. Either a ``clips.tsv`` has the columns clip and split, or
the pose files lie in folders named after the splits. Clips of train are entirely normal; those of
train_ab contain an abnormal stretch, labelled in their ground truth.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from export.data.clips import Clip
from export.data.labelled import LabelledClip, Layout, Split, Unlabelled, all_normal
from export.data.poses import pose_file, pose_files
from export.data.truth import read_mask
from tracker.errors import BadPoses, ConfigError

_NAME = re.compile(r"C(\d+)_A(\d+)_SY(\d+)_P(\d+)_S(\d+)_(\w+)")
TABLE = "clips.tsv"
ABNORMAL = "train_ab"


@dataclass(frozen=True, slots=True)
class AiHub(Layout):
    """The layout of the AIHub data set."""

    fps: float = 30.0

    def files(self, root: Path, split: Split) -> list[Path]:
        splits = ["test"] if split == "test" else ["train", ABNORMAL]
        if not (root / TABLE).is_file():
            return [file for one in splits for file in pose_files(root / "pose" / one)]
        table = _table(root)
        return [pose_file(root / "pose", name) for name in sorted(table) if table[name] in splits]

    def labelled(self, clip: Clip, root: Path, split: Split) -> LabelledClip:
        camera, acted, place, people, scene, rest = _parts(clip.name)
        truth = root / "gt" / f"{clip.name}.npy"
        if split == "train" and not truth.exists():
            if _may_be_abnormal(clip.name, root):
                raise Unlabelled(f"{clip.name}: in split {ABNORMAL}, but has no gt/{truth.name}")
            abnormal = all_normal(clip)
        else:
            abnormal = read_mask(truth, clip)
        return LabelledClip(
            clip,
            scene=f"{place}_{scene}",
            number=f"{camera}_{acted}_{people}_{rest}",
            abnormal=abnormal,
        )


def behaviour(name: str) -> str:
    """Return the class of behaviour in a clip's name, such as A17.

    Raises:
        BadPoses: the name does not fit this data set.
    """
    return f"A{_parts(name)[1]}"


def _parts(name: str) -> tuple[str, ...]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise BadPoses(f"{name}: not a name of AIHub, such as C021_A17_SY15_P01_S03_01NBS")
    return match.groups()


def _may_be_abnormal(name: str, root: Path) -> bool:
    if (root / TABLE).is_file():
        return _table(root)[name] == ABNORMAL
    return pose_file(root / "pose" / ABNORMAL, name).exists()


def _table(root: Path) -> dict[str, str]:
    """Return each clip's split."""
    try:
        with (root / TABLE).open(newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened, delimiter="\t"))
        table = {str(row["clip"]): str(row["split"]) for row in rows}  # None: the line is too short
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as err:
        raise ConfigError(
            f"{root / TABLE}: not a table with columns clip and split: {err}"
        ) from err
    odd = sorted(set(table.values()) - {"test", "train", ABNORMAL})
    if odd:
        raise ConfigError(f"{root / TABLE}: split {odd[0]!r}; it must be test, train or {ABNORMAL}")
    return table
