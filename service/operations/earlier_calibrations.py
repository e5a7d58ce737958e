"""Goes back to an earlier calibration, and on from it."""

import msgspec

from inference.calibration.snapshot import Snapshot
from service.ports.calibrations import (
    CalibrationStore,
)


def restore(store: CalibrationStore, camera: str, number: int, at: float) -> Snapshot:
    """Go back to an earlier snapshot, under a new number; it stays until `resume`.

    Raises:
        LookupError: there is no such snapshot; the text names those there are.
    """
    found = store.snapshots(camera)
    known = {each.number: each for each in found}
    if number not in known:
        there = ", ".join(str(each) for each in sorted(known)) or "none"
        raise LookupError(f"{camera} has no calibration {number}; there are {there}")
    restored = msgspec.structs.replace(
        known[number],
        number=found[0].number + 1,
        at=at,
        reason=f"somebody went back to calibration {number}",
        restored_from=number,
    )
    if not store.put_snapshot(restored):
        raise LookupError(f"{camera} was calibrated just now; try again")
    return restored


def resume(store: CalibrationStore, camera: str, at: float) -> Snapshot | None:
    """Let a restored snapshot be followed by others again; None if it is not held."""
    found = store.snapshots(camera)
    if not found or found[0].restored_from is None:
        return None
    released = msgspec.structs.replace(
        found[0],
        number=found[0].number + 1,
        at=at,
        reason="somebody let the calibration go on",
        restored_from=None,
    )
    return released if store.put_snapshot(released) else None
