"""Several processes that decide about one site's cameras, and hand them over."""

from dataclasses import replace

import pytest
from support.alert_site import AlertSite

from inference.types import AlertEvent
from service.adapters.memory.windows import MemoryCueFeed
from service.alerts.alert_loop import AlertLoop
from service.alerts.camera_rules import CameraRules, SiteRules
from tracker.types import FrameCues

CALM, WILD = 1.0, 5.0
NAMES = [f"camera-{number}" for number in range(8)]


@pytest.fixture
def wide(road: AlertSite) -> AlertSite:
    """A site of eight cameras."""
    road.rules = SiteRules(dict.fromkeys(NAMES, CameraRules(threshold=2.0)))
    return road


def let(road: AlertSite, *processes: AlertLoop, rounds: int = 1) -> None:
    """Let a second pass, and each process do its step, so many times."""
    for _ in range(rounds):
        road.now += 1
        for process in processes:
            process.step(road.now)


def held(road: AlertSite) -> dict[str, list[str]]:
    """Return who decides about which cameras now."""
    found: dict[str, list[str]] = {}
    for camera, (owner, _, _) in road.memory.terms.items():
        found.setdefault(owner, []).append(camera)
    return {owner: sorted(cameras) for owner, cameras in found.items()}


def test_deciders_share_evenly_and_do_not_swing(wide: AlertSite) -> None:
    """Nobody has more than ceil(cameras / processes), and then nothing moves any more."""
    first, second, third = (wide.process(owner) for owner in "abc")
    let(wide, first, rounds=2)
    assert len(held(wide)["a"]) == 8
    let(wide, first, second, third, rounds=4)
    settled = held(wide)
    assert sorted(map(len, settled.values())) == [2, 3, 3]
    moved = wide.telemetry.value("cameras_taken_over_total", role="api")

    let(wide, first, second, third, rounds=10)

    assert held(wide) == settled
    assert wide.telemetry.value("cameras_taken_over_total", role="api") == moved == 5


def test_a_killed_decider_is_replaced(wide: AlertSite) -> None:
    """Its cameras' open alerts go on in the process that takes them over; none is told twice."""
    first, second = wide.process("a"), wide.process("b")
    let(wide, first, second, rounds=3)
    for camera in NAMES:
        wide.write(*[WILD] * 4, camera=camera)
    let(wide, first, second)
    assert wide.changes() == ["opened"] * 8
    for camera in NAMES:
        wide.write(*[CALM] * 12, start=12, camera=camera)

    let(wide, first, rounds=6)

    assert wide.changes() == ["opened"] * 8 + ["closed"] * 8
    assert len({event.alert.id for _, event in wide.events if isinstance(event, AlertEvent)}) == 8
    assert held(wide) == {"a": NAMES}


def test_who_leaves_hands_over_at_once(wide: AlertSite) -> None:
    """The next round of another process has its cameras; none was idle for a lease's life."""
    first, second = wide.process("a"), wide.process("b")
    let(wide, first, second, rounds=3)
    second.leave()

    first.step(wide.now + 0.3)

    assert len(held(wide)["a"]) == 8
    assert wide.memory.memberships["deciders"].keys() == {"a"}


def test_what_moved_away_is_forgotten(wide: AlertSite) -> None:
    """Gauges of a camera that another process decides about must not stand still here."""
    forgotten: list[str] = []
    first = AlertLoop(replace(wide.parts("a"), forget=forgotten.append))
    let(wide, first)
    second = wide.process("b")

    let(wide, second, first, second)

    assert sorted(forgotten) == held(wide)["b"]
    wide.now += 5
    let(wide, second)
    let(wide, first)
    assert sorted(forgotten) == NAMES


def test_what_moved_away_in_an_outage_is_forgotten(wide: AlertSite) -> None:
    """Whoever gets only a part back after the store was away forgets the gauges of the others."""
    forgotten: list[str] = []
    first = AlertLoop(replace(wide.parts("a"), forget=forgotten.append))
    let(wide, first)
    first.forget()
    wide.now += 5

    second = wide.process("b")
    let(wide, second)
    assert forgotten == []
    let(wide, first)

    assert sorted(forgotten) == NAMES
    let(wide, second, first, second, first)
    assert len(forgotten) == len(NAMES)


def test_who_hung_closes_nothing_that_goes_on_elsewhere(wide: AlertSite) -> None:
    """It comes back in the middle of a step: what it decides then is refused, and it lets go."""
    parts = wide.parts("a")
    successor = wide.process("b")

    class HangingFeed(MemoryCueFeed):
        """Cues that are read only once the lease is gone and the next one has gone on."""

        hangs = False

        def read(self, after: dict[str, str]) -> dict[str, list[tuple[str, FrameCues]]]:
            if self.hangs:
                wide.see(1.0, 1, camera="camera-0")
                let(wide, successor, rounds=6)
                wide.write(*[WILD] * 4, start=12, camera="camera-0")
                let(wide, successor)
            return super().read(after)

    feed = HangingFeed(wide.memory)
    hanging = AlertLoop(replace(parts, cues=feed))
    wide.write(*[WILD] * 4, camera="camera-0")
    let(wide, hanging)
    wide.see(60.0, camera="camera-0")  # by this view it would close

    feed.hangs = True
    hanging.step(wide.now + 0.9)

    assert wide.changes() == ["opened"]
    assert wide.telemetry.value("alerts_fenced_total") > 0
    assert held(wide) == {"b": NAMES}
    wide.write(*[CALM] * 12, start=24, camera="camera-0")
    let(wide, successor)
    assert wide.changes() == ["opened", "closed"]


def test_a_term_that_was_interrupted_is_not_gone_on_with(wide: AlertSite) -> None:
    """The lease is ours again, but another process decided meanwhile: its state counts."""
    first, second = wide.process("a"), wide.process("b")
    wide.write(*[WILD] * 4, camera="camera-0")
    let(wide, first)
    wide.now += 5
    let(wide, second)
    wide.write(*[CALM] * 12, start=12, camera="camera-0")
    let(wide, second)
    assert wide.changes() == ["opened", "closed"]
    wide.now += 5

    let(wide, first)

    assert held(wide) == {"a": NAMES}
    assert wide.changes() == ["opened", "closed"]
    assert wide.telemetry.value("alerts_fenced_total") == 0
