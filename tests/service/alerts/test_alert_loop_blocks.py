"""Blocks of ten minutes as the deciding loop keeps them, and thresholds that follow a budget."""

from dataclasses import replace

import pytest
from support.alert_site import AlertSite

from inference.calibration.blocks import BLOCK_S, Block
from service.alerts.alert_loop import AlertLoop
from service.alerts.camera_rules import SiteRules
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.alerts.saved_state import read_running_block
from tracker.errors import StoreUnavailable

CALM, HIGH = 1.0, 5.0


class Kept:
    """What the loop has stored; fails when it is told to."""

    def __init__(self) -> None:
        self.blocks: dict[int, Block] = {}
        self.calls = 0
        self.fails = 0

    def put(self, camera: str, recipe: str, blocks: list[Block]) -> None:
        """Keep them as a store would: a block that comes twice counts once."""
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("away")
        assert (camera, recipe) == ("gate", "r")
        self.calls += 1
        self.blocks |= {block.number: block for block in blocks}


@pytest.fixture
def kept() -> Kept:
    """A store of blocks."""
    return Kept()


def loop(road: AlertSite, kept: Kept, owner: str = "a") -> AlertLoop:
    """Start a process that decides and keeps blocks."""
    parts: AlertLoopDependencies = replace(road.parts(owner), keep_blocks=kept.put)
    return AlertLoop(parts)


def use(road: AlertSite, **more: object) -> None:
    """Let these rules hold from now on."""
    rules = replace(road.rules.cameras["gate"], recipe="r", **more)  # type: ignore[arg-type]
    road.rules = SiteRules({"gate": rules})


def over(road: AlertSite, minutes: int) -> None:
    """Let the camera show nobody for so long after its start."""
    road.see(60.0 * minutes)


def test_a_block_that_is_over_is_stored_once(road: AlertSite, kept: Kept) -> None:
    """With its peak and its alert; a successor stores none of it again."""
    use(road)
    road.write(*[HIGH] * 6)
    first = loop(road, kept)
    road.see(1.0, 1)
    first.step(0.0)
    over(road, 25)
    road.now += 1
    first.step(road.now)
    road.now += 10
    loop(road, kept, "b").step(road.now)

    begun = int(road.start_at // BLOCK_S)
    assert list(kept.blocks) == [begun]
    assert kept.blocks[begun].opened == {"movement": 1}
    assert kept.blocks[begun].peaks["movement"][0] == pytest.approx(HIGH)
    assert kept.calls == 1


def test_a_block_waits_while_the_store_is_away(road: AlertSite, kept: Kept) -> None:
    """Who continues from the saved state stores it; nothing is counted twice."""
    use(road)
    road.write(*[HIGH] * 6)
    road.see(1.0, 1)
    first = loop(road, kept)
    first.step(0.0)
    over(road, 25)
    road.now, kept.fails = 1.0, 1
    with pytest.raises(StoreUnavailable):
        first.step(road.now)
    first.forget()
    road.now += 10
    over(road, 26)
    first.step(road.now)

    (block,) = kept.blocks.values()
    assert block.opened == {"movement": 1}


def test_thresholds_follow_and_are_followed_without_a_restart(road: AlertSite, kept: Kept) -> None:
    """A higher threshold opens nothing, and blocks name the calibration that they were under."""
    use(road, thresholds={"movement": 6.0}, snapshot=3)
    first = loop(road, kept)
    road.write(*[HIGH] * 6)
    first.step(0.0)
    quiet = road.changes()
    use(road, thresholds={"movement": 4.0}, snapshot=4)
    road.now += 2
    road.write(*[HIGH] * 6, start=18)
    first.step(road.now)
    alert = road.events[0][1].alert  # type: ignore[union-attr]

    running = read_running_block(road.memory.episodes["gate"])
    assert quiet == []
    assert road.changes() == ["opened"]
    assert alert.threshold == 4.0
    assert running is not None
    assert running.snapshot == 4


def test_a_state_that_does_not_read_has_no_block() -> None:
    """As with a version that wrote none."""
    assert read_running_block(None) is None
    assert read_running_block(b"what") is None
