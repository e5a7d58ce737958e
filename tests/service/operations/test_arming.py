"""What is armed when: the calendar over changes of the clock, holidays, and what people choose."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.operations.arming import ALWAYS_ARMED, Arming, CameraChoice, ModeChoice
from service.operations.arming_plan import ArmingPlan, CalendarEntry, Holiday, Mode

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = CalendarEntry(
    mode="night", rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", start="22:00", end="06:00"
)
MODES = {
    "home": Mode(armed=False),
    "away": Mode(),
    "night": Mode(cameras=("gate",), kinds=("fall", "fight")),
}


def at(text: str, *, fold: int = 0, zone: ZoneInfo = BERLIN) -> float:
    """Return a local time as UTC seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


def arming(*entries: CalendarEntry, zone: ZoneInfo = BERLIN, **more: object) -> Arming:
    """Return the arming of a site that is at home unless an entry says otherwise."""
    choices = more.pop("choices", ())
    plan = ArmingPlan(modes=MODES, otherwise="home", calendar=entries, **more)  # type: ignore[arg-type]
    return Arming(plan, zone, choices)  # type: ignore[arg-type]


def changes(site: Arming, first: str, days: int = 1) -> list[tuple[str, str]]:
    """Return the modes of some days with the local times from which they hold."""
    return [
        (datetime.fromtimestamp(block.begin, site.zone).strftime("%d %H:%M %z"), block.mode)
        for block in site.blocks(date.fromisoformat(first), days)
    ]


def test_a_site_that_sets_nothing_is_always_armed() -> None:
    """Every kind of every camera, at any time, and no mode ends by itself."""
    now = at("2026-11-28T12:00:00")

    assert ALWAYS_ARMED.mode_at(now) == "away"
    assert all(ALWAYS_ARMED.armed("gate", "fall", now + 3600 * hour) for hour in range(200))
    assert ALWAYS_ARMED.next_change(now) is None


def test_a_mode_arms_the_cameras_and_kinds_it_names() -> None:
    """None is all; a mode that is not armed arms nothing."""
    night = MODES["night"]

    assert night.arms("gate", "fall")
    assert not night.arms("yard", "fall")
    assert not night.arms("gate", "movement")
    assert MODES["away"].arms("yard", "movement")
    assert not MODES["home"].arms("gate", "fall")


def test_an_entry_holds_over_midnight_on_the_days_it_begins() -> None:
    """Friday's night ends on Saturday; Saturday has none."""
    site = arming(NIGHTS)

    assert [site.mode_at(at(f"2026-11-{moment}")) for moment in (
        "27T21:59:59", "27T22:00:00", "28T05:59:59", "28T06:00:00", "28T23:00:00", "30T22:00:00"
    )] == ["home", "night", "night", "home", "home", "night"]  # fmt: skip
    assert site.next_change(at("2026-11-28T07:00:00")) == (at("2026-11-30T22:00:00"), "night")


def test_the_entry_further_down_holds_where_two_overlap() -> None:
    """An exception is written under the rule, and the rule goes on after it."""
    party = CalendarEntry(
        mode="home", rule="FREQ=WEEKLY;BYDAY=WE", start="21:00", end="23:30", since=date(2026, 1, 1)
    )

    assert changes(arming(NIGHTS, party), "2026-12-02") == [
        ("02 00:00 +0100", "night"),
        ("02 06:00 +0100", "home"),
        ("02 23:30 +0100", "night"),
    ]


def test_a_holiday_holds_from_midnight_to_midnight_in_place_of_the_calendar() -> None:
    """The night before ends at midnight, the night that begins on it begins at the next one."""
    site = arming(NIGHTS, holidays=(Holiday(date=date(2026, 12, 25), mode="away"),))

    assert changes(site, "2026-12-24", 3) == [
        ("24 00:00 +0100", "night"),
        ("24 06:00 +0100", "home"),
        ("24 22:00 +0100", "night"),
        ("25 00:00 +0100", "away"),
        ("26 00:00 +0100", "night"),
        ("26 06:00 +0100", "home"),
    ]


def test_a_time_that_does_not_exist_is_as_far_after_the_change() -> None:
    """28 March 2027: 02:00 is 03:00. From 02:30 is from 03:30; to 02:30 is to 03:30."""
    from_gap = CalendarEntry(mode="away", rule="FREQ=DAILY", start="02:30", end="05:00")
    to_gap = CalendarEntry(mode="away", rule="FREQ=DAILY", start="01:00", end="02:30")
    within = CalendarEntry(mode="away", rule="FREQ=DAILY", start="02:30", end="03:00")

    assert changes(arming(from_gap), "2027-03-28")[1:] == [
        ("28 03:30 +0200", "away"),
        ("28 05:00 +0200", "home"),
    ]
    assert changes(arming(to_gap), "2027-03-28")[1:] == [
        ("28 01:00 +0100", "away"),
        ("28 03:30 +0200", "home"),
    ]
    assert changes(arming(within), "2027-03-28") == [("28 00:00 +0100", "home")]
    assert len(changes(arming(within), "2027-03-29")) == 3, "on other days it holds"


def test_of_a_time_that_exists_twice_the_first_counts() -> None:
    """31 October 2027: 02:00 to 03:00 comes twice. To 02:30 is one hour, from it is three."""
    to_first = CalendarEntry(mode="away", rule="FREQ=DAILY", start="01:30", end="02:30")
    from_first = CalendarEntry(mode="away", rule="FREQ=DAILY", start="02:30", end="04:30")

    assert changes(arming(to_first), "2027-10-31")[1:] == [
        ("31 01:30 +0200", "away"),
        ("31 02:30 +0200", "home"),
    ]
    (_, away, home) = arming(from_first).blocks(date(2027, 10, 31), 1)
    assert (away.begin, away.end) == (at("2027-10-31T02:30:00"), at("2027-10-31T04:30:00"))
    assert home.begin - away.begin == 3 * 3600


def test_nights_are_as_long_as_the_clock_makes_them() -> None:
    """From 22:00 to 06:00 are 7 hours in spring, 9 in autumn: local times are what people mean."""
    every_night = CalendarEntry(mode="night", rule="FREQ=DAILY", start="22:00", end="06:00")

    def night_h(first: str) -> float:
        (night,) = [b for b in arming(every_night).blocks(date.fromisoformat(first), 2)
                    if b.mode == "night" and b.begin == at(f"{first}T22:00:00")]  # fmt: skip
        return (night.end - night.begin) / 3600

    assert [night_h(day) for day in ("2027-03-27", "2027-10-30", "2027-06-01")] == [7, 9, 8]


def test_a_day_that_a_zone_leaves_out_is_no_day() -> None:
    """Samoa had no 30 December 2011; a holiday on it holds for no time at all."""
    apia = ZoneInfo("Pacific/Apia")
    site = arming(zone=apia, holidays=(Holiday(date=date(2011, 12, 30), mode="away"),))

    assert {block.mode for block in site.blocks(date(2011, 12, 29), 3)} == {"home"}


def choice(mode: str | None, moment: float, until: float | None = None) -> ModeChoice:
    """Return what the guard chose."""
    return ModeChoice(mode=mode, until=until, by="guard", at=moment)


def test_a_choice_holds_until_it_ends_or_another_is_made() -> None:
    """And times before it keep the mode they had, so that a restart decides the same again."""
    now = at("2026-11-27T23:00:00")  # night by the calendar
    chosen = [choice("home", now, now + 600), choice("away", now + 100)]
    site = arming(NIGHTS, choices=chosen)

    modes = [site.mode_at(now + seconds) for seconds in (-1, 0, 99, 100, 601, 99_999_999)]

    assert modes == ["night", "home", "home", "away", "away", "away"]
    assert site.next_change(now + 50) == (now + 600, "night")
    assert site.next_change(now + 100) is None, "it holds until somebody chooses"


def test_a_choice_ends_and_the_calendar_decides_again() -> None:
    """By its time, or by choosing nothing."""
    now = at("2026-11-27T23:00:00")
    ended = arming(NIGHTS, choices=[choice("home", now, now + 600)])
    taken_back = arming(NIGHTS, choices=[choice("home", now), choice(None, now + 60)])

    assert [ended.mode_at(now + s) for s in (599, 600)] == ["home", "night"]
    assert [taken_back.mode_at(now + s) for s in (59, 60)] == ["home", "night"]
    assert ended.chosen_at(now + 600) is None


def test_the_next_change_of_a_choice_that_the_calendar_shares_is_the_calendars() -> None:
    """When the choice ends the same mode goes on, so the next change comes later."""
    now = at("2026-11-27T23:00:00")
    site = arming(NIGHTS, choices=[choice("night", now, now + 600)])

    assert site.next_change(now) == (at("2026-11-28T06:00:00"), "home")


def test_a_chosen_mode_that_is_gone_leaves_the_decision_to_the_calendar() -> None:
    """Somebody removed the mode while it was chosen."""
    now = at("2026-11-27T23:00:00")

    assert arming(NIGHTS, choices=[choice("cinema", now)]).mode_at(now) == "night"


@pytest.mark.parametrize("modes", [("away", "home"), ("home", "away")])
def test_of_two_holidays_on_one_date_the_one_further_down_holds(modes: tuple[str, str]) -> None:
    """As the page shows it: stores may hold such plans, though none is taken any more."""
    twice = tuple(Holiday(date=date(2026, 12, 25), mode=mode) for mode in modes)

    assert arming(holidays=twice).mode_at(at("2026-12-25T12:00:00")) == modes[1]


_clock = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
_rule = st.sampled_from(
    ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=DAILY;INTERVAL=3"]
)
_entry = st.builds(
    CalendarEntry, mode=st.sampled_from(sorted(MODES)), rule=_rule, start=_clock, end=_clock
)
_zone = st.sampled_from(
    ["Europe/Berlin", "UTC", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"]
)
_day = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@settings(deadline=None, max_examples=40)
@given(
    entries=st.lists(_entry, max_size=4),
    holidays=st.lists(st.builds(Holiday, date=_day, mode=st.sampled_from(sorted(MODES))),
                      max_size=3),
    zone=_zone,
    day=_day,
)  # fmt: skip
def test_a_week_has_one_mode_at_every_moment(
    entries: list[CalendarEntry], holidays: list[Holiday], zone: str, day: date
) -> None:
    """Blocks follow without gap or overlap, and agree with a question about any moment."""
    site = arming(*entries, zone=ZoneInfo(zone), holidays=tuple(holidays))

    week = site.blocks(day, 7)

    assert (week[0].begin, week[-1].end) == (
        site.blocks(day, 1)[0].begin,
        site.blocks(day + timedelta(days=6), 1)[-1].end,
    )
    for before, after in pairwise(week):
        assert before.end == after.begin
        assert before.mode != after.mode
    for block in week:
        middle = (block.begin + block.end) / 2
        assert [site.mode_at(t) for t in (block.begin, middle)] == [block.mode, block.mode]
    fresh = arming(*entries, zone=ZoneInfo(zone), holidays=tuple(holidays))
    assert fresh.mode_at(week[-1].begin) == week[-1].mode, "the cache changes nothing"


@settings(deadline=None, max_examples=40)
@given(entries=st.lists(_entry, max_size=4), zone=_zone, day=_day, seconds=st.integers(0, 86_399))
def test_the_next_change_is_the_end_of_what_holds(
    entries: list[CalendarEntry], zone: str, day: date, seconds: int
) -> None:
    """Until then the mode stays; from then on the other one holds."""
    site = arming(*entries, zone=ZoneInfo(zone))
    now = site.blocks(day, 1)[0].begin + seconds

    change = site.next_change(now)

    if change is None:
        assert {b.mode for b in site.blocks(day, 30) if b.end > now} == {site.mode_at(now)}
    else:
        assert change[0] > now
        assert site.mode_at((now + change[0]) / 2) == site.mode_at(now) != change[1]
        assert site.mode_at(change[0]) == change[1]


def test_one_camera_is_armed_by_hand_until_the_mode_changes() -> None:
    """By the calendar or by somebody; others follow the mode, and the time before stays."""
    now = at("2026-11-27T12:00:00")
    evening = at("2026-11-27T22:00:00")
    choices = [
        CameraChoice(camera="gate", armed=True, until=evening, by="kim", at=now),
        CameraChoice(camera="yard", armed=True, until=None, by="kim", at=now),
        CameraChoice(camera="yard", armed=None, until=None, by="kim", at=now + 60),
    ]
    away = ModeChoice(mode="home", until=None, by="lee", at=now + 120)
    plan = ArmingPlan(modes=MODES, otherwise="home", calendar=(NIGHTS,))
    alone = Arming(plan, BERLIN, (), choices)
    chosen = Arming(plan, BERLIN, (away,), choices)

    def armed(site: Arming, camera: str, *times: float) -> list[bool]:
        return [site.armed(camera, "running", each) for each in times]

    assert armed(alone, "gate", now - 1, now, evening - 1, evening) == [False, True, True, False]
    assert alone.armed("gate", "fall", evening), "the mode night, as before"
    assert armed(alone, "yard", now, now + 59, now + 60) == [True, True, False]
    assert armed(chosen, "gate", now + 119, now + 121) == [True, False]
    assert armed(alone, "door", now) == [False]


def test_a_camera_is_disarmed_by_hand_in_an_armed_mode() -> None:
    """Nothing of it opens, whatever the kind."""
    choice = CameraChoice(camera="gate", armed=False, until=None, by="kim", at=100.0)
    site = Arming(ArmingPlan(), BERLIN, (), (choice,))

    assert site.armed_kinds("gate", ("fall", "fight"), 101.0) == ()
    assert site.armed_kinds("yard", ("fall", "fight"), 101.0) == ("fall", "fight")
