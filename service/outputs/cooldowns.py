"""Groups a camera's alerts for a while after one that was delivered. Pure."""

from collections.abc import Mapping

import msgspec

from inference.types import Alert, Severity
from service.outputs.records import Cooldown, GroupedAlert

RANKS: dict[Severity, int] = {"notice": 0, "warning": 1, "critical": 2}
REMEMBERED = 200  # of one cooldown; more are only counted
CAMERAS = 1000

Cooldowns = Mapping[str, Cooldown]


def keeps_back(cooldowns: Cooldowns, alert: Alert, now: float) -> bool:
    """Tell whether an alert is grouped: its camera is quiet and it is no graver."""
    quiet = cooldowns.get(alert.camera)
    return (
        quiet is not None and now < quiet.until and RANKS[alert.severity] <= RANKS[quiet.severity]
    )


def grouped(cooldowns: Cooldowns, alert: Alert) -> dict[str, Cooldown]:
    """Return the cooldowns with an alert kept back."""
    quiet = cooldowns[alert.camera]
    one = GroupedAlert(id=alert.id, version=alert.version, opened_at=alert.opened_at)
    more = Cooldown(
        until=quiet.until,
        severity=quiet.severity,
        grouped=(*quiet.grouped, one)[-REMEMBERED:],
        count=quiet.count + 1,
    )
    return {**cooldowns, alert.camera: more}


def begun(
    cooldowns: Cooldowns, camera: str, severity: Severity, until: float
) -> dict[str, Cooldown]:
    """Return the cooldowns after an alert was delivered, with whatever was grouped before it."""
    others = {name: each for name, each in cooldowns.items() if name != camera}
    kept = dict(list(others.items())[-CAMERAS + 1 :])
    return {**kept, camera: Cooldown(until=until, severity=severity)}


def over(cooldowns: Cooldowns, now: float) -> tuple[str, Cooldown] | None:
    """Return a camera whose quiet time is over and that has something to tell."""
    for camera, quiet in cooldowns.items():
        if now >= quiet.until and quiet.count:
            return camera, quiet
    return None


def bounded(cooldowns: Cooldowns, longest_s: float, now: float) -> Cooldowns:
    """Return the cooldowns, none longer from now on than it can be.

    One that began before the clock was set back would last as much longer as it was set back by.
    """
    latest = now + longest_s
    if all(quiet.until <= latest for quiet in cooldowns.values()):
        return cooldowns
    return {
        camera: msgspec.structs.replace(quiet, until=min(quiet.until, latest))
        for camera, quiet in cooldowns.items()
    }


def without_idle(cooldowns: Cooldowns, now: float) -> dict[str, Cooldown]:
    """Return the cooldowns that still mean something."""
    return {
        camera: quiet for camera, quiet in cooldowns.items() if now < quiet.until or quiet.count
    }
