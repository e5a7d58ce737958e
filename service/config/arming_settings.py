"""Arming as the site file and the API write it: one check for both."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from service.operations.arming import Arming, ModeChoice
from service.operations.arming_plan import ArmingPlan
from service.sentences.arming import DAY_TWICE, NO_CAMERA_OF_MODE, NO_TIME_ZONE

MINUTES_OF_A_DAY = 24 * 60


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    # Names with odd characters raise what the file system happens to meet.
    except (OSError, ValueError, LookupError) as err:
        raise ValueError(NO_TIME_ZONE(name=name)) from err
    return name


def _as_meant(given: object) -> object:
    """Undo what YAML makes of times and names that stand there without quotes."""
    if not isinstance(given, Mapping):
        return given
    meant = dict(given)
    modes = meant.get("modes")
    if isinstance(modes, Mapping):
        if any(isinstance(name, bool) for name in modes):
            raise ValueError('modes: YAML reads off, on, yes and no as truth values; quote "off"')
        meant["modes"] = {name: {} if mode is None else mode for name, mode in modes.items()}
    for part in ("calendar", "holidays"):
        if isinstance(meant.get(part), list | tuple):
            meant[part] = [_entry(each) for each in meant[part]]
    return meant


def _entry(given: object) -> object:
    if not isinstance(given, Mapping):
        return given
    return {name: _READ.get(name, _unchanged)(value) for name, value in given.items()}


def _unchanged(given: Any) -> Any:  # noqa: ANN401 -- whatever YAML holds
    return given


def _clock(given: Any) -> Any:  # noqa: ANN401 -- whatever YAML holds
    # YAML reads 22:30 as 22 sixties and 30.
    if type(given) is int and 0 <= given < MINUTES_OF_A_DAY:
        return f"{given // 60:02}:{given % 60:02}"
    return given


def _day(given: Any) -> Any:  # noqa: ANN401 -- whatever YAML holds
    # A number would be read as seconds since 1970.
    return given if isinstance(given, date) else str(given)


_READ = {"start": _clock, "end": _clock, "date": _day, "since": _day}

TimeZone: TypeAlias = Annotated[str, AfterValidator(_known_zone)]
Plan: TypeAlias = Annotated[ArmingPlan, BeforeValidator(_as_meant)]


class SiteArming(BaseModel):
    """The arming of a site with its time zone, as it is set over the API.

    Attributes:
        time_zone: in which the calendar's times are meant, of IANA's names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: TimeZone = "UTC"
    plan: Plan = ArmingPlan()

    def with_choices(self, choices: tuple[ModeChoice, ...]) -> Arming:
        """Return what is armed when."""
        return Arming(self.plan, ZoneInfo(self.time_zone), choices)


def check_holidays(plan: ArmingPlan) -> None:
    """Refuse two holidays on one date: only one of their modes could hold.

    Plans that the store has from before this check are still read: the one further down holds.

    Raises:
        ValueError: says which date is named twice.
    """
    if (repeated := plan.repeated_holiday) is not None:
        day = plan.holidays[repeated].date
        raise ValueError(DAY_TWICE(place=repeated, day=str(day)))


def check_cameras(plan: ArmingPlan, cameras: frozenset[str]) -> None:
    """Refuse a mode that names a camera which the site does not have.

    Raises:
        ValueError: a typing error there would leave a camera unarmed.
    """
    for name, mode in plan.modes.items():
        for camera in mode.cameras or ():
            if camera not in cameras:
                known = sorted(cameras)
                raise ValueError(NO_CAMERA_OF_MODE(mode=name, camera=camera, cameras=known))
