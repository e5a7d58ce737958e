"""What becomes of a camera that drifts: its record, what people hear, and how it is accepted."""

import pytest
from support.drift_scenes import HOUR_S, USUAL, WEEK, Look, blocks, scenes
from support.stores import Clock

from inference.drift.sentences import ANEW
from service.adapters.memory.calibrations import MemoryCalibrations
from service.adapters.memory.leases import MemoryLeases
from service.adapters.memory.scenes import MemoryDrift, MemoryScenes
from service.adapters.memory.site import MemorySite
from service.adapters.memory.system_events import MemorySystemEvents
from service.operations.drift import (
    DriftWatch,
    DriftWatchDependencies,
    StoredDrift,
    accept,
)
from service.system_events import StreamEvent, SystemEvent
from tracker.memory_telemetry import InMemoryTelemetry

MOVED = Look(x=0.8, y=0.4)
CHANGE = WEEK + 48


class Site:
    """One camera's stores, the watch over its drift, and a clock."""

    def __init__(self) -> None:
        self.clock, self.telemetry = Clock(WEEK * HOUR_S), InMemoryTelemetry()
        self.scenes, self.store, self.blocks = MemoryScenes(), MemoryDrift(), MemoryCalibrations()
        self.published: list[tuple[str, StreamEvent]] = []
        self.events = MemorySystemEvents(self.published, clock=self.clock)
        self.memory = MemorySite()
        self.recipes = {"gate": "r"}
        self.watch = self.process("a")
        self.see(WEEK - 14 * 24, WEEK)

    def process(self, owner: str) -> DriftWatch:
        """Start a process that watches."""
        return DriftWatch(
            DriftWatchDependencies(
                recipes=lambda: self.recipes,
                scenes=self.scenes,
                calibrations=self.blocks,
                store=self.store,
                events=self.events,
                lease=MemoryLeases(self.memory, owner=owner, clock=self.clock),
                telemetry=self.telemetry,
                clock=self.clock,
            )
        )

    def see(self, first: int, last: int, look: Look = USUAL) -> None:
        """Let people come until an hour, and look."""
        self.scenes.put("gate", "s", scenes(first, last, look))
        self.blocks.put_blocks("gate", "r", blocks(first, last, look))
        self.clock.now = last * HOUR_S
        while self.watch.step() == 0.0:
            pass

    @property
    def state(self) -> str:
        return self.store.of(["gate"])["gate"].state

    def told(self) -> list[tuple[str, str]]:
        """Return what people heard: state and reason."""
        events = [event for _, event in self.published]
        return [(each.state, each.reason) for each in events if isinstance(each, SystemEvent)]


@pytest.fixture
def site() -> Site:
    """A camera that has been watched for two weeks."""
    return Site()


def test_a_moved_camera_is_told_of_and_frozen(site: Site) -> None:
    """Once, with reason and remedy; calibrations ask the same store."""
    site.see(WEEK, CHANGE)
    before = (site.state, StoredDrift(site.store).is_drifting("gate"))
    site.see(CHANGE, CHANGE + 48, MOVED)
    site.see(CHANGE + 48, CHANGE + 49, MOVED)

    (event,) = (event for _, event in site.published if isinstance(event, SystemEvent))
    assert before == ("ok", False)
    assert StoredDrift(site.store).is_drifting("gate")
    assert (event.type, event.camera, event.state) == ("drift", "gate", "raised")
    assert event.reason.startswith("where people stand changed")
    assert "posewarden calibration accept gate" in event.remedy
    assert site.telemetry.value("camera_drifting", camera="gate") == 1
    assert site.telemetry.value("drift_ratio", camera="gate", sign="scene") >= 1.0


def test_who_watches_no_more_says_nothing(site: Site) -> None:
    """What a process found before it hung is not told beside what its successor finds."""
    site.see(WEEK, CHANGE)
    site.see(CHANGE, CHANGE + 48, MOVED)
    assert site.telemetry.value("camera_drifting", camera="gate") == 1
    site.clock.now += 60
    site.process("b").step()

    site.watch.step()

    assert site.telemetry.value("camera_drifting", camera="gate") == 0
    assert site.telemetry.value("drift_ratio", camera="gate", sign="scene") == 0


def test_a_camera_that_was_removed_is_told_no_more(site: Site) -> None:
    """Its series go, those of each sign, too."""
    site.see(WEEK, CHANGE)
    site.see(CHANGE, CHANGE + 48, MOVED)
    before = site.telemetry.value("drift_ratio", camera="gate", sign="scene")
    site.recipes.clear()

    site.watch.step()

    assert before > 0
    assert site.telemetry.value("camera_drifting", camera="gate") == 0
    assert site.telemetry.value("drift_ratio", camera="gate", sign="scene") == 0


def test_an_accepted_scene_clears_it(site: Site) -> None:
    """Calibrations then count from the drift's beginning; with enough footage it is `ok`."""
    site.see(WEEK, CHANGE + 1)
    site.see(CHANGE, CHANGE + 22, MOVED)
    accepted = accept(site.store, "gate", site.clock.now)
    site.see(CHANGE + 22, CHANGE + 23, MOVED)
    state = site.state
    site.see(CHANGE + 23, CHANGE + 46, MOVED)

    assert (state, site.state) == ("recalibrating", "ok")
    assert site.told()[-1] == ("cleared", ANEW())
    scene = StoredDrift(site.store).accepted("gate")
    assert scene is not None
    assert (scene.counts_from, scene.at) == (accepted.since, (CHANGE + 22) * HOUR_S)


def test_nothing_else_can_be_accepted(site: Site) -> None:
    """The refusal says what the camera is."""
    with pytest.raises(LookupError, match="gate: it is ok"):
        accept(site.store, "gate", site.clock.now)


def test_one_process_watches(site: Site) -> None:
    """The other one rests, and follows when the first is gone."""
    other = site.process("b")

    assert other.step() == 1.0
    assert site.telemetry.value("camera_drifting", camera="gate") == 0
