"""Layout of ShanghaiTech Campus.

Poses in ``pose/{test,train}/SS_CCCC…json``, labels in ``gt/test_frame_mask/SS_CCCC.npy``.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from export.data.clips import Clip
from export.data.labelled import LabelledClip, Layout, Split, all_normal
from export.data.poses import pose_files
from export.data.truth import read_mask
from tracker.errors import BadPoses

_NAME = re.compile(r"(\d+)_(\d+)")
# Clips whose events do not involve people; ShanghaiTech-HR does not score them.
NOT_HUMAN = frozenset(("01_0130", "01_0135", "01_0136", "06_0144", "06_0145", "12_0152"))


@dataclass(frozen=True, slots=True)
class ShanghaiTech(Layout):
    """The layout of ShanghaiTech.

    Attributes:
        unscored: names of clips that are read but not scored.
    """

    unscored: frozenset[str] = frozenset()
    fps: float = 24.0

    def files(self, root: Path, split: Split) -> list[Path]:
        return pose_files(root / "pose" / split)

    def labelled(self, clip: Clip, root: Path, split: Split) -> LabelledClip:
        match = _NAME.fullmatch(clip.name)
        if match is None:
            raise BadPoses(f"{clip.name}: not a name of ShanghaiTech, such as 01_0014")
        truth = root / "gt" / "test_frame_mask" / f"{clip.name}.npy"
        return LabelledClip(
            clip,
            scene=str(int(match[1])),
            number=str(int(match[2])),
            abnormal=read_mask(truth, clip) if split == "test" else all_normal(clip),
            scored=clip.name not in self.unscored,
        )
