"""What the service says of itself, over a site in memory."""

import pytest
from support.watched_site import GRACE_S, Site

from tracker.camera.outage import STEADY_S
from tracker.types import CameraState


def test_a_lost_camera_is_reported_after_its_grace_time() -> None:
    """With the reason and what to do; back again with how long it was away."""
    site = Site("gate", "yard", "door", "hall")
    site.go_on(10)
    site.states["gate"] = "lost"
    site.go_on(60)
    before = site.told()
    site.go_on(20)
    reported = site.last()
    site.states["gate"] = "live"
    site.go_on(STEADY_S)
    soon = len(site.told())
    site.go_on(4)

    assert (before, soon) == ([], 1)
    assert site.told() == [("camera-lost", "gate", "raised"), ("camera-lost", "gate", "cleared")]
    assert "no answer" in reported.reason
    assert reported.remedy == "look at its cable"
    assert site.last().reason.startswith("back after ")


@pytest.mark.parametrize(("set_s", "expected"), [(-10_800, True), (10_800, False)])
def test_a_clock_that_is_set_counts_no_hours(set_s: float, expected: bool) -> None:
    """Set back, what is lost is reported after its grace time; set forward, not before that."""
    site = Site("gate")
    site.states["gate"], site.has_worker, site.deciders = "lost", False, 0
    site.go_on(4)
    site.clock.now += set_s
    site.go_on(GRACE_S + 20 if expected else 4)

    assert set(site.told()) == {
        (what, camera, "raised")
        for what, camera in (("camera-lost", "gate"), ("no-worker", None), ("no-decider", None))
        if expected
    }


@pytest.mark.parametrize("state", ["ended", "paused"])
def test_a_camera_that_is_not_to_be_watched_is_not_lost(state: CameraState) -> None:
    """A file that has ended, a camera that somebody paused."""
    site = Site("gate")
    site.states["gate"] = state
    site.go_on(200)

    assert site.told() == []


def test_a_short_loss_is_nobodys_business() -> None:
    """What is back within the grace time is not reported."""
    site = Site("gate")
    for _ in range(5):
        site.states["gate"] = "lost"
        site.go_on(50)
        site.states["gate"] = "live"
        site.go_on(STEADY_S + 2)

    assert site.told() == []


def test_a_camera_that_comes_and_goes_is_reported_once() -> None:
    """Each loss is short, and each return as well: it was not back, and is not until it stays."""
    site = Site("gate")
    for _ in range(20):
        site.states["gate"] = "lost"
        site.go_on(20)
        site.states["gate"] = "live"
        site.go_on(STEADY_S - 2)
    during, reason = site.told(), site.last().reason
    site.go_on(4)

    assert during == [("camera-lost", "gate", "raised")]
    assert reason.startswith("comes and goes for ")
    assert site.told()[1:] == [("camera-lost", "gate", "cleared")]


def test_a_camera_that_may_be_back_is_not_reported_as_lost() -> None:
    """What was away for less than the grace time is not reported while nobody knows yet."""
    site = Site("gate")
    site.states["gate"] = "lost"
    site.go_on(GRACE_S - 2)
    site.states["gate"], site.fps = "connecting", 10.0
    site.go_on(STEADY_S + 2)
    site.states["gate"] = "live"
    site.go_on(10)

    assert site.told() == []


def test_a_pause_ends_a_loss_at_once() -> None:
    """Nobody wants to see the camera: whether it would be back is not asked."""
    site = Site("gate")
    site.states["gate"] = "lost"
    site.go_on(80)
    site.states["gate"] = "paused"
    site.go_on(2)

    assert site.told()[1:] == [("camera-lost", "gate", "cleared")]


def test_many_cameras_at_once_are_one_event() -> None:
    """A switch that fails is one alarm; what stays lost when it is back is said by itself."""
    site = Site(*(f"c{number}" for number in range(6)))
    for number in range(5):
        site.states[f"c{number}"] = "lost"
    site.go_on(80)
    together = site.told()
    for number in range(1, 5):
        site.states[f"c{number}"] = "live"
    site.go_on(STEADY_S + 4)

    assert together == [("cameras-lost", None, "raised")]
    assert "5 of 6 cameras: c0, c1, c2, c3, c4; most of them: no answer" in str(site.entries)
    assert site.told()[1:] == [
        ("cameras-lost", None, "cleared"),
        ("camera-lost", "c0", "raised"),
    ]


def test_a_camera_that_nobody_watches_is_lost() -> None:
    """One that never reported counts from the start."""
    site = Site("gate")
    site.states.clear()
    site.go_on(80)

    assert site.told() == [("camera-lost", "gate", "raised")]
    assert "no camera process watches it" in site.last().reason


def test_a_camera_that_was_removed_is_no_more_lost() -> None:
    """Its event ends."""
    site = Site("gate")
    site.states["gate"] = "lost"
    site.go_on(80)
    site.names.clear()
    site.go_on(4)

    assert site.last().reason == "it is no camera any more"


def test_no_worker_and_a_worker_again() -> None:
    """After a quarter of a minute without one."""
    site = Site("gate")
    site.go_on(10)
    site.has_worker = False
    site.go_on(60)
    site.has_worker = True
    site.go_on(4)

    assert site.told() == [("no-worker", None, "raised"), ("no-worker", None, "cleared")]


def test_nobody_decides_and_somebody_again() -> None:
    """After a quarter of a minute; who takes over sooner is no event."""
    site = Site("gate")
    site.deciders = 0
    site.go_on(10)
    site.deciders = 1
    site.go_on(4)
    assert site.told() == []

    site.deciders = 0
    site.go_on(60)
    site.deciders = 2
    site.go_on(4)

    assert site.told() == [("no-decider", None, "raised"), ("no-decider", None, "cleared")]


def test_a_store_that_is_nearly_full_does_not_flap() -> None:
    """It is over when there is room, not when a little was removed."""
    site = Site("gate")
    for share in (0.91, 0.89, 0.91, 0.87, 0.84):
        site.disk = share
        site.go_on(4)

    assert site.told() == [
        ("store-full", "The disk", "raised"),
        ("store-full", "The disk", "cleared"),
    ]


def test_a_second_process_says_nothing_again() -> None:
    """Also one that was just started, and it ends what the first one began."""
    site = Site("gate", "yard", "door", "hall")
    site.states["gate"] = "lost"
    site.go_on(80)
    site.watch = site.process()
    site.go_on(80)
    site.states["gate"] = "live"
    site.watch = site.process()
    site.go_on(STEADY_S)
    assert len(site.told()) == 1
    site.go_on(4)

    assert site.told() == [("camera-lost", "gate", "raised"), ("camera-lost", "gate", "cleared")]
