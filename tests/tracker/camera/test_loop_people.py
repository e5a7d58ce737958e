"""What one camera's loop tells of people's time."""

from collections.abc import Sequence

import pytest
from support.camera_rig import Rig

from tracker.camera.dependencies import CameraDependencies
from tracker.errors import CameraLost, StoreUnavailable
from tracker.ports import SceneStore
from tracker.scene_block import SceneBlock, merged
from tracker.visits.people_time import WatchRules


class Kept(SceneStore):
    """Keeps what it is told, by writer; refuses the first call if asked."""

    def __init__(self, *, refuses: int = 0) -> None:
        self.blocks: dict[tuple[str, int], SceneBlock] = {}
        self.calls = 0
        self._refuses = refuses

    def put(self, camera: str, writer: str, blocks: Sequence[SceneBlock]) -> None:
        self.calls += 1
        if self.calls <= self._refuses:
            raise StoreUnavailable(f"no answer about {camera}")
        self.blocks.update({(writer, block.number): block for block in blocks})

    def people_s(self) -> float:
        """Return all people's time."""
        return sum(block.people_s for block in merged(self.blocks.values()))


def test_people_are_kept_across_a_lost_connection(rig: Rig) -> None:
    """Two sessions, one writer: what came before the loss is neither lost nor counted twice."""
    kept = Kept(refuses=1)
    source = rig.played((range(48), CameraLost("gone", reason="refused")), (range(48), None))

    with rig.watching(source=source, scenes=kept):
        rig.until(lambda: kept.people_s() > 3.5)

    assert kept.people_s() == pytest.approx(2 * 47 / 24, abs=0.02)
    assert {writer for writer, _ in kept.blocks} == {"s1"}
    assert rig.tally.value("people_seconds_total", camera="gate") == pytest.approx(94 / 24)


def test_what_is_not_watched_is_counted_by_reason(rig: Rig) -> None:
    """By the rules that the camera's process was given."""
    kept = Kept()
    source = rig.played((range(48), None))
    rules = WatchRules(frames=24, smallest_px=1000.0)

    with rig.watching(source=source, scenes=kept, watch_rules=rules):
        rig.until(lambda: kept.people_s() > 1.9)

    small = rig.tally.value("people_unwatched_seconds_total", camera="gate", reason="too-small")
    assert small == pytest.approx(47 / 24)


def test_without_rules_a_window_is_all_that_counts() -> None:
    """Tools that run the loop alone need none."""
    assert CameraDependencies.__dataclass_fields__["watch_rules"].default is None
