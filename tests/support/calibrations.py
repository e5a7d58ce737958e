"""Made-up blocks and calibrations of the camera gate."""

from inference.calibration.blocks import Block
from inference.calibration.snapshot import KindCalibration, Snapshot, same


def block(number: int, score: float = 1.5) -> Block:
    """A block in which somebody moved."""
    return Block(number, 600.0, {"movement": (score, 1.0)}, {"movement": 1}, 3)


def snapshot(number: int, camera: str = "gate") -> Snapshot:
    """A snapshot of one kind."""
    kind = KindCalibration(
        kind="movement",
        thresholds=same(4.5),
        wanted=same(4.5),
        per_day=1.0,
        expected_per_day=0.9,
        level="camera",
        method="counted",
        curve=((5.0, 0.001), (4.0, 0.01)),
    )
    return Snapshot(
        number=number,
        at=float(number),
        camera=camera,
        per_day=1.0,
        recipe="r",
        footage_h=30.0,
        needed_h=24.0,
        judged_true=0,
        reason="first",
        kinds=(kind,),
    )
