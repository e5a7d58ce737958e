"""What cameras saw of people, and their drift, in memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from inference.drift.record import AS_EVER, DriftRecord
from service.ports.scenes import DriftStore, SceneFeed
from tracker.scene_block import SceneBlock, merged


class MemoryScenes(SceneFeed):
    """Twin of RedisScenes; keeps what there is as long as the process lives."""

    def __init__(self, *, fields_a_day: int = 1000) -> None:
        self._blocks: defaultdict[str, dict[tuple[int, str], SceneBlock]] = defaultdict(dict)
        self._fields_a_day = fields_a_day

    def put(self, camera: str, writer: str, blocks: Sequence[SceneBlock]) -> None:
        known = self._blocks[camera]
        for block in blocks:
            of_day = [each for each, _ in known if each // 144 == block.number // 144]
            if len(of_day) < self._fields_a_day or (block.number, writer) in known:
                known[block.number, writer] = block

    def blocks(self, camera: str, since: float, until: float) -> list[SceneBlock]:
        found = self._blocks[camera].values()
        return merged(block for block in found if since <= block.begin_at < until)


class MemoryDrift(DriftStore):
    """Twin of RedisDrift."""

    def __init__(self) -> None:
        self._records: dict[str, DriftRecord] = {}

    def put(self, camera: str, record: DriftRecord) -> bool:
        if record.number != self._records.get(camera, AS_EVER).number + 1:
            return False
        self._records[camera] = record
        return True

    def of(self, cameras: Sequence[str]) -> Mapping[str, DriftRecord]:
        return {camera: self._records.get(camera, AS_EVER) for camera in cameras}
