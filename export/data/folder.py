"""Layout of your own clips.

Poses in ``pose/{test,train}``, ``pose`` or the folder itself, labels in ``gt/NAME.npy``.
"""

from dataclasses import dataclass
from pathlib import Path

from export.data.clips import Clip
from export.data.labelled import LabelledClip, Layout, Split, all_normal
from export.data.poses import pose_files
from export.data.truth import read_mask


@dataclass(frozen=True, slots=True)
class Folder(Layout):
    """The layout of your own clips; training clips without ground truth count as normal."""

    fps: float | None = None

    def files(self, root: Path, split: Split) -> list[Path]:
        places = (root / "pose" / split, root / "pose", root)
        return next((files for place in places if (files := pose_files(place))), [])

    def labelled(self, clip: Clip, root: Path, split: Split) -> LabelledClip:
        truth = root / "gt" / f"{clip.name}.npy"
        presumed = split == "train" and not truth.exists()
        return LabelledClip(
            clip,
            scene=root.resolve().name,
            number=clip.name,
            abnormal=all_normal(clip) if presumed else read_mask(truth, clip),
        )
