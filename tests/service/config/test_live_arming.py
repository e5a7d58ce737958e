"""The file's plan under what was set over the API, over every store."""

from itertools import count

import pytest

from service.adapters.memory.site_store import MemorySiteStore
from service.config.arming_settings import SiteArming
from service.config.live_arming import (
    CAMERA_CHOICES_BOUND,
    CHECK_EVERY_S,
    CHOICES_BOUND,
    REMEMBERED_S,
    LiveArming,
)
from service.config.settings import Settings
from service.operations.arming import ModeChoice
from service.operations.arming_plan import ArmingPlan, Mode
from service.ports.site import Section, SiteChanged
from tracker.memory_telemetry import InMemoryTelemetry

QUIET = ArmingPlan(modes={"quiet": Mode(armed=False), "away": Mode()})
NOW = 1_800_000_000.0


class Site:
    """A store, and two processes that follow it."""

    def __init__(self, store: MemorySiteStore | None = None) -> None:
        self.seconds = 0.0
        self.telemetry = InMemoryTelemetry()
        self.store = store or MemorySiteStore()
        self.one, self.other = (
            LiveArming(self.store, Settings(), telemetry=self.telemetry, clock=lambda: self.seconds)
            for _ in range(2)
        )

    def choose(self, mode: str | None, at: float = NOW) -> None:
        """Let the guard choose in one process."""
        self.one.choose(ModeChoice(mode=mode, until=None, by="guard", at=at))


@pytest.fixture
def site() -> Site:
    """A site whose file says nothing."""
    return Site()


def test_a_change_reaches_the_other_process_within_a_second(site: Site) -> None:
    """It asks for the version, not for the documents, and only once a second."""
    assert site.other.armed("gate", "fall", NOW)
    site.choose("home")

    before = site.other.armed("gate", "fall", NOW)
    site.seconds += CHECK_EVERY_S
    after = site.other.armed("gate", "fall", NOW)

    assert (before, after) == (True, False)
    assert site.other.armed("gate", "fall", NOW - 1), "not of the time before"


def test_a_plan_takes_the_place_of_the_files_until_it_is_removed(site: Site) -> None:
    """Whole, with its time zone."""
    site.one.set_plan(SiteArming(time_zone="Asia/Tokyo", plan=QUIET))
    set_over = site.other.newest()
    site.one.set_plan(None)
    removed = site.other.newest()

    assert (set_over.plan, set_over.zone.key) == (QUIET, "Asia/Tokyo")
    assert (removed.plan, removed.zone.key) == (ArmingPlan(), "UTC")


def test_choices_are_kept_and_bounded(site: Site) -> None:
    """The newest of them; one that a clock in the future made does not come back."""
    site.choose("home", NOW + 9_000)
    for second in range(2 * CHOICES_BOUND):
        site.choose("home" if second % 2 else "night", NOW + second)

    arming = site.other.newest()

    assert len(arming.choices) == CHOICES_BOUND
    assert arming.mode_at(NOW + 10_000) == "home"
    assert arming.choices[-1].at == NOW + 2 * CHOICES_BOUND - 1


class Contended(MemorySiteStore):
    """A store to which others always write first."""

    def __init__(self, times: float) -> None:
        super().__init__()
        self.times, self._numbers = times, count(1)

    def write(
        self, section: Section, name: str, body: bytes | None, *, expected: int | None = None
    ) -> int:
        if next(self._numbers) <= self.times:
            raise SiteChanged("they were faster")
        return super().write(section, name, body, expected=expected)


def test_two_who_choose_at_once_both_choose() -> None:
    """The slower one reads again; if that never ends, it is told."""
    site = Site(Contended(times=2))
    site.choose("home")
    hopeless = Site(Contended(times=float("inf")))

    assert site.one.newest().mode_at(NOW) == "home"
    with pytest.raises(SiteChanged, match="try again"):
        hopeless.choose("home")


@pytest.mark.parametrize(
    "body",
    [
        b"junk",
        b"{}",
        b'[{"mode": 5}]',
        b'[{"mode": "\xff"}]',
        b'[{"mode": null, "until": null, "at": 1, "by": "x", "more": ' + b"[" * 5000,
        b'{"plan": {"modes": {}}}',
    ],
)
def test_what_does_not_read_is_counted_and_the_file_holds(site: Site, body: bytes) -> None:
    """Of a later version, perhaps: armed by the file is better than not armed by an accident."""
    site.store.write("arming", "plan", body if body != b"{}" else b'{"extra": 1}')
    site.store.write("arming", "choices", body)

    assert site.one.newest().plan == ArmingPlan()
    assert site.one.newest().choices == ()
    assert site.telemetry.value("entries_malformed_total", kind="arming") >= 2


def test_a_camera_that_is_armed_by_hand_is_so_in_every_process(site: Site) -> None:
    """What somebody chose before is kept for whoever decides again about the last minutes."""
    for seconds, armed in ((0, False), (10, True), (20, False)):
        site.one.choose_camera("gate", armed, by="guard", at=NOW + seconds)
    other = site.other.newest()

    found = [other.armed_by_hand("gate", NOW + seconds) for seconds in (-1, 5, 15, 25)]
    assert found == [None, False, True, False]


def test_choices_of_cameras_are_bounded(site: Site) -> None:
    """The last of each camera is kept, earlier ones for an hour; the document always fits."""
    for number in range(CAMERA_CHOICES_BOUND + 20):
        name = f"a-camera-with-a-very-long-name-as-some-sites-have-{number:012}"
        site.one.choose_camera(name, False, by="a guard with a long name", at=NOW + number)
    site.one.choose_camera(name, True, by="guard", at=NOW + REMEMBERED_S + 1000)

    kept = site.other.newest().by_hand
    assert len(kept) == CAMERA_CHOICES_BOUND
    assert [each.armed for each in kept if each.camera == name] == [True]
