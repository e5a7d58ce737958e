"""Times in texts for people: those of the site's clocks."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import TypeAlias

# The site's time zone now: it may be changed while the service runs.
SiteZone: TypeAlias = Callable[[], tzinfo]


def in_utc() -> tzinfo:
    """Return the zone of a site that says none."""
    return UTC


def time_text(at: float, zone: tzinfo) -> str:
    """Return a time as messages show it, such as ``2026-11-29 08:23:35 KST``.

    Args:
        at: UTC seconds.
        zone: whose clock is read; one without an abbreviation is said by its offset.
    """
    local = datetime.fromtimestamp(at, zone)
    name = local.tzname() or ""
    return f"{local:%Y-%m-%d %H:%M:%S} {f'UTC{name}' if name[:1] in ('+', '-') else name}"
