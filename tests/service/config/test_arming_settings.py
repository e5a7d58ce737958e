"""Arming in the site file: what YAML makes of it, and what is refused with the remedy."""

from datetime import date
from pathlib import Path

import pytest

from service.config.load import load
from service.operations.arming_plan import ArmingPlan, CalendarEntry, Holiday, Mode
from tracker.errors import ConfigError

CAMERAS = "cameras: [{name: gate, source: 'sim:'}, {name: yard, source: 'sim:'}]\n"


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    """Where a site stands."""
    return tmp_path / "site.yaml"


def test_a_plan_is_read_as_people_write_it(site_file: Path) -> None:
    """Times and days without quotes, which YAML reads as numbers; an empty mode is all."""
    site_file.write_text(
        CAMERAS
        + "time_zone: Europe/Berlin\n"
        "arming:\n"
        "  modes:\n"
        "    away:\n"
        '    "off": {armed: false}\n'
        "    night: {cameras: [gate], kinds: [fall]}\n"
        "  otherwise: off-hours\n".replace("off-hours", "away")
        + "  calendar:\n"
        "    - {mode: night, rule: FREQ=DAILY, start: 22:00, end: 6:30, since: 2026-01-05}\n"
        "  holidays: [{date: 2026-12-24, mode: away}]\n"
    )

    settings = load(site_file)

    entry = CalendarEntry(
        mode="night", rule="FREQ=DAILY", start="22:00", end="06:30", since=date(2026, 1, 5)
    )
    assert settings.time_zone == "Europe/Berlin"
    assert settings.arming == ArmingPlan(
        modes={
            "away": Mode(),
            "off": Mode(armed=False),
            "night": Mode(cameras=("gate",), kinds=("fall",)),
        },
        otherwise="away",
        calendar=(entry,),
        holidays=(Holiday(date=date(2026, 12, 24), mode="away"),),
    )


def test_nothing_set_is_always_armed(site_file: Path) -> None:
    """As it was before there were modes."""
    site_file.write_text(CAMERAS)

    assert (load(site_file).arming, load(site_file).time_zone) == (ArmingPlan(), "UTC")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time_zone: Mars/Base", "time_zone: 'Mars/Base' is no time zone; write for example Eur"),
        ("time_zone: ../../etc/hostname", "is no time zone"),
        ("arming: [away]", "arming: must be a mapping of settings"),
        ("arming: {modes: {off: }}", 'quote "off"'),
        ("arming: {modes: {Night: }}", "'Night' is no mode's name"),
        ("arming: {modes: {a: {kind: fall}}}", "arming.modes.a.kind: no such setting"),
        ("arming: {modes: {a: {kinds: [fal]}}}", "arming.modes.a.kinds[0]"),
        ("arming: {modes: {a: {armed: false, kinds: [fall]}}}", "leave out cameras and kinds"),
        (
            "arming: {modes: {a: {cameras: [gtae]}}}",
            "arming.modes.a.cameras: no camera is called 'gtae'; there are gate, yard",
        ),
        (
            "arming: {calendar: [{mode: night, rule: FREQ=HOURLY}]}",
            "arming.calendar[0]: rule 'FREQ=HOURLY': FREQ must be one of DAILY, WEEKLY",
        ),
        (
            "arming: {calendar: [{mode: night, rule: FREQ=DAILY, start: 25:00}]}",
            "arming.calendar[0].start",
        ),
        ("arming: {calendar: [{mode: nigth, rule: FREQ=DAILY}]}", "no mode is called 'nigth'"),
        ("arming: {holidays: [{date: 20261224, mode: away}]}", "arming.holidays[0].date"),
        ("arming: {holidays: [christmas]}", "arming.holidays[0]: must be a mapping"),
        (
            "arming: {holidays: [{date: 2026-12-24, mode: away}, {date: 2026-12-24, mode: home}]}",
            "arming.holidays[1].date: 2026-12-24 is named twice; leave one of the two",
        ),
        ("arming: {otherwise: party}", "otherwise: no mode is called 'party'"),
    ],
)
def test_a_wrong_plan_is_refused_with_the_remedy(site_file: Path, text: str, told: str) -> None:
    """With the path of what is wrong."""
    site_file.write_text(CAMERAS + text)

    with pytest.raises(ConfigError) as refused:
        load(site_file)

    assert told in str(refused.value)
