"""Blocks and snapshots in memory."""

from collections import defaultdict
from collections.abc import Sequence

from inference.calibration.blocks import Block
from inference.calibration.snapshot import Snapshot
from service.ports.calibrations import (
    BLOCKS_BOUND,
    PREPARED_BOUND,
    SNAPSHOTS_BOUND,
    CalibrationStore,
    Outlook,
    Prepared,
)


class MemoryCalibrations(CalibrationStore):
    """Keeps them as long as the process lives."""

    def __init__(self, *, blocks_bound: int = BLOCKS_BOUND) -> None:
        self._blocks_bound = blocks_bound
        self._blocks: defaultdict[str, dict[int, tuple[str, Block]]] = defaultdict(dict)
        self._snapshots: defaultdict[str, list[Snapshot]] = defaultdict(list)
        self._beside: defaultdict[str, dict[int, tuple[str, Block]]] = defaultdict(dict)
        self._outlooks: dict[str, Outlook] = {}
        self._prepared: defaultdict[str, dict[str, Prepared]] = defaultdict(dict)

    def put_blocks(
        self, camera: str, recipe: str, blocks: Sequence[Block], *, beside: bool = False
    ) -> None:
        known = (self._beside if beside else self._blocks)[camera]
        known.update({block.number: (recipe, block) for block in blocks})
        for number in sorted(known)[: -self._blocks_bound]:
            del known[number]

    def blocks(self, camera: str, recipe: str) -> list[Block]:
        parts = (self._beside[camera], self._blocks[camera])
        found = {
            number: block
            for part in parts
            for number, (made_by, block) in part.items()
            if made_by == recipe
        }
        return [found[number] for number in sorted(found)]

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

    def put_prepared(self, camera: str, prepared: Prepared) -> None:
        known = self._prepared[camera]
        known[prepared.recipe] = prepared
        for recipe in sorted(known, key=lambda each: known[each].at)[:-PREPARED_BOUND]:
            del known[recipe]

    def prepared(self, cameras: Sequence[str]) -> dict[str, dict[str, Prepared]]:
        return {name: dict(self._prepared[name]) for name in cameras if self._prepared[name]}

    def forget(self, camera: str) -> None:
        self._beside.pop(camera, None)
        self._prepared.pop(camera, None)
        self._blocks.pop(camera, None)
        self._snapshots.pop(camera, None)
        self._outlooks.pop(camera, None)
