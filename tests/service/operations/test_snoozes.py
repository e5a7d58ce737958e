"""Which alerts a snooze keeps back, and for how long."""

import msgspec
import pytest
from support.archives import alert
from support.stores import Clock

from inference.types import Alert, AlertEvent
from service.adapters.memory.alerts import MemoryAlerts, MemorySnoozes
from service.operations.snoozes import SnoozeKeeper, SnoozingSink, fitting
from service.ports.deciding import AlertChange, PartlyWritten
from service.records import Snooze
from tracker.memory_telemetry import InMemoryTelemetry


class Site:
    """Alerts, snoozes, and a clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.telemetry = InMemoryTelemetry()
        self.events: list[tuple[str, AlertEvent]] = []
        self.alerts = MemoryAlerts(self.events, telemetry=self.telemetry)
        self.snoozes = MemorySnoozes()
        parts = {"telemetry": self.telemetry, "clock": self.clock}
        self.sink = SnoozingSink(self.alerts, self.alerts, self.snoozes, **parts)
        self.keeper = SnoozeKeeper(self.alerts, self.snoozes, **parts)

    def snooze(self, name: str = "s1", minutes: float = 10, **what: object) -> Snooze:
        """Begin a snooze."""
        now = self.clock()
        first = Snooze(
            id=name,
            camera=None,
            kind=None,
            until=now + 60 * minutes,
            reason="painters",
            author="API key",
            created_at=now,
        )
        made = msgspec.structs.replace(first, **what)
        self.snoozes.put(made)
        return made

    def tell(self, kind: str, one: Alert) -> None:
        """Let the alert loop write a change."""
        self.sink.put(AlertEvent(type=kind, alert=one), None)  # type: ignore[arg-type]

    def told(self) -> list[tuple[str, bool]]:
        """Return each event's type, and whether it is sent on."""
        return [(event.type, event.alert.snoozed is None) for _, event in self.events]


@pytest.mark.parametrize(
    ("what", "fits"),
    [
        ({}, True),
        ({"camera": "gate"}, True),
        ({"camera": "yard"}, False),
        ({"kind": "movement"}, True),
        ({"kind": "fall"}, False),
        ({"camera": "gate", "kind": "movement"}, True),
        ({"camera": "gate", "kind": "fall"}, False),
        ({"zone": "till"}, True),
        ({"zone": "roof"}, False),
        ({"zone": "till", "camera": "yard"}, False),
        ({"stopped_at": 0.0}, False),
        ({"until": 0.0}, False),
    ],
)
def test_a_snooze_fits_what_it_names(what: dict[str, object], fits: bool) -> None:
    """Everything where it names nothing; nothing once it is over."""
    site = Site()
    made = site.snooze(**what)

    assert fitting([made], alert("a", zones=("door", "till")), site.clock()) == (
        ["s1"] if fits else []
    )


def test_alerts_are_kept_back_while_it_holds(site: Site) -> None:
    """From their opening to their end; counted; what opened before or after is sent on."""
    site.tell("opened", alert("before"))
    site.snooze()
    site.tell("opened", alert("a"))
    site.tell("updated", alert("a", version=2))
    site.tell("closed", alert("a", version=3, state="closed"))
    site.tell("updated", alert("before", version=2))
    site.clock.now += 601
    site.tell("opened", alert("after"))

    assert site.told() == [
        ("opened", True),
        ("opened", False),
        ("updated", False),
        ("closed", False),
        ("updated", True),
        ("opened", True),
    ]
    assert site.telemetry.value("alerts_snoozed_total", camera="gate") == 1


def test_a_more_severe_kind_is_not_kept_back(site: Site) -> None:
    """An alert that a snooze of a kind fits no more is raised with the change."""
    site.snooze(kind="movement")
    site.tell("opened", alert("a"))
    site.tell("updated", alert("a", version=2, kind="fall"))

    assert site.told() == [("opened", False), ("updated", True), ("raised", True)]


def test_what_is_still_open_is_raised_at_the_end(site: Site) -> None:
    """Somebody who lies there when the snooze ends is told, without any further change."""
    site.snooze()
    site.tell("opened", alert("a"))
    site.keeper.step()
    during = site.told()
    holding = site.telemetry.value("snoozes")
    site.clock.now += 601
    for _ in range(3):
        site.keeper.step()
    site.tell("updated", alert("a", version=2))

    assert during == [("opened", False)]
    assert site.told() == [("opened", False), ("raised", True), ("updated", True)]
    assert (holding, site.telemetry.value("snoozes")) == (1, 0)


def test_changes_that_are_written_together_are_marked_as_one_by_one(site: Site) -> None:
    """A later change knows the mark that an earlier one of the same alert gets."""
    site.snooze(camera="gate")
    both = [alert("a"), alert("b", camera="yard")]
    opened = [AlertChange(AlertEvent(type="opened", alert=each)) for each in both]
    closed = AlertChange(AlertEvent(type="closed", alert=alert("a", version=2, state="closed")))

    assert site.sink.put_all([*opened, closed]) == [True, True, True]
    assert site.told() == [("opened", False), ("opened", True), ("closed", False)]
    assert site.telemetry.value("alerts_snoozed_total", camera="gate") == 1


def test_what_is_kept_back_is_counted_though_another_change_failed(site: Site) -> None:
    """It is not written again, so it would never be."""
    site.snooze(camera="gate")
    site.alerts.foreign.add("b")
    opened = [AlertChange(AlertEvent(type="opened", alert=alert(name))) for name in "ab"]

    with pytest.raises(PartlyWritten) as failed:
        site.sink.put_all(opened)

    assert failed.value.results[0] is True
    assert site.telemetry.value("alerts_snoozed_total", camera="gate") == 1


def test_another_snooze_goes_on(site: Site) -> None:
    """While any fits, the alert stays back."""
    site.snooze("short", minutes=1)
    site.tell("opened", alert("a"))
    site.snooze("long", minutes=10)
    site.clock.now += 61
    site.keeper.step()
    site.tell("updated", alert("a", version=2))

    assert site.told() == [("opened", False), ("updated", False)]
    assert site.alerts.snoozed_by(["a"]) == ["long"]


def test_a_stopped_snooze_is_over(site: Site) -> None:
    """Its open alerts are raised with the next look."""
    made = site.snooze()
    site.tell("opened", alert("a"))
    site.snoozes.put(msgspec.structs.replace(made, stopped_at=site.clock(), stopped_by="x"))
    site.keeper.step()

    assert site.told()[-1] == ("raised", True)


@pytest.fixture
def site() -> Site:
    """An empty site."""
    return Site()
