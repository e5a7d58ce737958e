"""Somebody stays in a zone for longer than its rule allows."""

from collections.abc import Sequence
from dataclasses import replace

from support.cue_maker import FPS, NAN, STANDING, frames

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.camera_alerts import CameraAlerts
from inference.kinds.watch import KindOptions
from inference.types import KINDS, MEASURED_KINDS
from tracker.types import FrameCues, PersonCues
from tracker.zones.zone import CameraZones, Zone

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TILL = Zone(name="till", kind="zone", polygon=LEFT, dwell_s=10.0)
INSIDE = replace(STANDING, stood_x=0.25, stood_y=0.5)
OUTSIDE = replace(STANDING, stood_x=0.75, stood_y=0.5)
UNSURE = replace(STANDING, stood_x=NAN, stood_y=NAN)


def camera(*zones: Zone, kinds: KindOptions | None = None) -> CameraAlerts:
    """Return a camera with these zones."""
    alerts = CameraAlerts(2.0, AlertOptions(), kinds)
    alerts.use_zones(CameraZones(zones=zones or (TILL,)))
    return alerts


def stay(*parts: tuple[PersonCues | None, float]) -> list[FrameCues]:
    """Return frames of somebody who does each of these for so many seconds."""
    return frames(*[cues for cues, seconds in parts for _ in range(round(seconds * FPS))])


def decided(alerts: CameraAlerts, shown: Sequence[FrameCues]) -> list[Decision]:
    """Show frames to a camera, and let it look for those who are gone."""
    decisions = []
    for frame in shown:
        decisions += alerts.add_cues(frame)
        decisions += alerts.expire(frame.at, {each.number for each in frame.people})
    return decisions


def types(decisions: Sequence[Decision]) -> list[str]:
    """Return what became of the alert."""
    return [each.event.type for each in decisions]


def test_who_stays_longer_than_the_rule_is_an_alert_until_they_leave() -> None:
    """It opens after dwell_s, names the zone, and closes once they are elsewhere."""
    decisions = decided(camera(), stay((INSIDE, 13.0), (OUTSIDE, 6.0)))

    opened, closed = decisions[0].event.alert, decisions[-1].event.alert
    assert types(decisions) == ["opened", "closed"]
    assert (opened.kind, opened.severity, opened.zones) == ("dwell", "notice", ("till",))
    assert opened.reason == "stayed in zone till for longer than 10 s"
    assert abs(opened.opened_at - stay((INSIDE, 1.0))[0].at - 10.0) < 0.2
    assert closed.closed_at is not None
    assert abs(closed.closed_at - opened.opened_at - 3.0) < 0.2
    assert opened.rarity_hours is None


def test_who_walks_through_is_none() -> None:
    """Nine seconds twice, with a while elsewhere between, are no ten."""
    assert not decided(camera(), stay((INSIDE, 9.0), (OUTSIDE, 3.0), (INSIDE, 9.0)))


def test_a_step_aside_does_not_end_a_stay() -> None:
    """Nor does a track that is lost for a moment."""
    aside = stay((INSIDE, 6.0), (OUTSIDE, 1.5), (INSIDE, 5.0))
    lost = stay((INSIDE, 6.0), (None, 1.5), (INSIDE, 5.0))

    for shown in (aside, lost):
        assert types(decided(camera(), shown)) == ["opened"]


def test_time_in_which_nobody_knows_where_they_stand_does_not_count() -> None:
    """It ends no stay either."""
    shown = stay((INSIDE, 6.0), (UNSURE, 20.0), (INSIDE, 3.5))
    longer = stay((INSIDE, 6.0), (UNSURE, 20.0), (INSIDE, 5.0))

    assert not decided(camera(), shown)
    assert types(decided(camera(), longer)) == ["opened"]


def test_a_stay_goes_on_under_a_new_track() -> None:
    """Tracks break where people stand for long."""
    (first, second) = (INSIDE, replace(INSIDE, number=2))

    assert types(decided(camera(), stay((first, 6.0), (None, 1.0), (second, 5.0)))) == ["opened"]


def test_a_stay_outlives_the_process() -> None:
    """A successor goes on counting."""
    shown, alerts, decisions = stay((INSIDE, 12.0)), camera(), []
    for frame in shown:
        alerts = CameraAlerts.from_bytes(alerts.to_bytes(), 2.0, AlertOptions())
        alerts.use_zones(CameraZones(zones=(TILL,)))
        decisions += decided(alerts, [frame])

    assert types(decisions) == ["opened"]


def test_a_long_stay_is_no_news_every_other_second() -> None:
    """It is reported twice a minute."""
    decisions = decided(camera(), stay((INSIDE, 102.0)))

    assert types(decisions) == ["opened", "updated", "updated", "updated"]
    assert decisions[-1].event.alert.peak_score > 9


def test_a_rule_holds_in_its_zone_whatever_other_zones_say() -> None:
    """only_here elsewhere does not silence it; the zone itself says who is looked for."""
    door = Zone(name="door", kind="zone", polygon=((0.6, 0), (1, 0), (1, 1)), only_here=True)

    assert types(decided(camera(TILL, door), stay((INSIDE, 12.0)))) == ["opened"]


def test_a_rule_that_is_taken_away_ends_its_stays() -> None:
    """Zones change while people stand in them."""
    alerts = camera()
    decisions = decided(alerts, stay((INSIDE, 12.0)))
    alerts.use_zones(CameraZones(zones=(replace(TILL, dwell_s=None),)))

    decisions += decided(alerts, frames(*[INSIDE] * 60, start_s=12.0))

    assert types(decisions) == ["opened", "closed"]


def test_a_camera_that_does_not_raise_it_counts_nothing() -> None:
    """Kinds are chosen by camera."""
    alerts = camera(kinds=KindOptions(enabled=("fall",)))

    assert not decided(alerts, stay((INSIDE, 12.0)))


def test_it_is_the_least_severe_kind_and_not_measured_on_footage() -> None:
    """How long people stay depends on the place: no model card says how rare it is."""
    assert KINDS[0] == "dwell"
    assert "dwell" not in MEASURED_KINDS
    assert set(KINDS) - set(MEASURED_KINDS) == {"dwell"}
