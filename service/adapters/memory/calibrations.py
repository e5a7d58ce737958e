"""Blocks and snapshots in memory."""

from collections import defaultdict
from collections.abc import Sequence

from inference.calibration.blocks import Block
from inference.calibration.snapshot import Snapshot
from service.calibration_ports import BLOCKS_BOUND, SNAPSHOTS_BOUND, CalibrationStore, Outlook


class MemoryCalibrations(CalibrationStore):
    """Keeps them as long as the process lives."""

    def __init__(self, *, blocks_bound: int = BLOCKS_BOUND) -> None:
        self._blocks_bound = blocks_bound
        self._blocks: defaultdict[str, dict[int, tuple[str, Block]]] = defaultdict(dict)
        self._snapshots: defaultdict[str, list[Snapshot]] = defaultdict(list)
        self._outlooks: dict[str, Outlook] = {}

    def put_blocks(self, camera: str, recipe: str, blocks: Sequence[Block]) -> None:
        known = self._blocks[camera]
        known.update({block.number: (recipe, block) for block in blocks})
        for number in sorted(known)[: -self._blocks_bound]:
            del known[number]

    def blocks(self, camera: str, recipe: str) -> list[Block]:
        found = sorted(self._blocks[camera].items())
        return [block for _, (made_by, block) in found if made_by == recipe]

    def put_snapshot(self, snapshot: Snapshot) -> bool:
        known = self._snapshots[snapshot.camera]
        if snapshot.number != (known[0].number if known else 0) + 1:
            return False
        known.insert(0, snapshot)
        del known[SNAPSHOTS_BOUND:]
        return True

    def snapshots(self, camera: str) -> list[Snapshot]:
        return list(self._snapshots[camera])

    def newest(self, cameras: Sequence[str]) -> dict[str, Snapshot]:
        return {camera: self._snapshots[camera][0] for camera in cameras if self._snapshots[camera]}

    def put_outlook(self, camera: str, outlook: Outlook) -> None:
        self._outlooks[camera] = outlook

    def outlook(self, camera: str) -> Outlook | None:
        return self._outlooks.get(camera)

    def forget(self, camera: str) -> None:
        self._blocks.pop(camera, None)
        self._snapshots.pop(camera, None)
        self._outlooks.pop(camera, None)
