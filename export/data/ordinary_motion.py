"""Which motions of the CMU database are ordinary life, and which are left out for what reason.

Numbers are subject_motion as on mocap.cs.cmu.edu. Whatever is neither named here nor recognised
as one of these is not read: a motion becomes ordinary by somebody's having looked at it.
"""

from dataclasses import dataclass
from pathlib import Path

from export.data.motion_capture import Floats, joints_m, read_motion, read_skeleton
from tracker.errors import BadPoses

# Walks and walks over uneven ground, jumps, balancing, bending and picking up, washing.
ORDINARY = {
    "01": (1,),
    "02": (1, 2, 4, 6, 10),
    "03": (1, 2, 3, 4),
    "05": (1,),
    "06": (1,),
    "07": (1, 2, 3, 6, 7, 8, 9, 10, 11),
    "08": (1, 2, 3, 4, 6, 8, 9, 10),
    "10": (4,),
    "16": (15, 16, 21, 22, 31, 32, 47, 58),
    "32": (1, 2),
    "35": (1, 2, 5, *range(7, 17), *range(28, 35)),
    "38": (1, 2),
    "39": (*range(1, 10), 12, 13, 14),
    "43": (1,),
    "49": (1,),
    "55": (4,),
}
LEFT_OUT = {
    "climbing, hanging and dropping from playground equipment: climbing is to be noticed": tuple(
        f"01_{number:02d}" for number in range(2, 15)
    ),
    "running: a kind of alert of its own": ("02_03",),
    "punching and striking": ("02_05",),
    "swordplay": ("02_07", "02_08", "02_09"),
}
# Never trained on: they judge between candidates.
HELD_OUT = ("06", "08", "32", "38", "49")
HELD_OUT_MOTIONS = ("02_06", "03_04")


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """One captured motion.

    Attributes:
        name: subject_motion.
        joints_m: float64 (F, 17, 3) at `motion_capture.CAPTURE_FPS`.
        held_out: it judges and does not train.
    """

    name: str
    joints_m: Floats
    stature_m: float
    held_out: bool


def ordinary_motions(folder: Path) -> list[Motion]:
    """Read all ordinary motions that lie in a folder, under ``asf/`` and ``amc/``.

    Raises:
        BadPoses: there is none, or a file is malformed.
    """
    motions = []
    for subject, numbers in ORDINARY.items():
        for number in numbers:
            name = f"{subject}_{number:02d}"
            file = _first(folder / "amc" / f"{name}.amc")
            bones = _first(folder / "asf" / f"{subject}.asf")
            if file is None or bones is None:
                continue
            skeleton = read_skeleton(bones)
            motion = joints_m(skeleton, read_motion(file, skeleton))
            out = subject in HELD_OUT or name in HELD_OUT_MOTIONS
            motions.append(Motion(name, motion, skeleton.stature_m, out))
    if not motions:
        raise BadPoses(f"{folder} holds no ordinary motion; it needs asf/01.asf, amc/01_01.amc …")
    return motions


def _first(file: Path) -> Path | None:
    """Return the file, or its gzipped copy; None: neither is there."""
    return next((one for one in (file, file.with_name(f"{file.name}.gz")) if one.exists()), None)
