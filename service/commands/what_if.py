"""`posewarden what-if`: what other rules would have raised over what was recorded. Reads only."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from inference.stretches.stretch import DAY_S, Stretch
from inference.stretches.weights import Sample, weighted
from inference.stretches.what_if import OtherRules, what_if
from inference.types import KINDS, Alert, Kind
from service.adapters.database.connection import Database
from service.adapters.database.reader import DatabaseArchive
from service.adapters.database.stretches import DatabaseStretches
from service.commands.archive import opened_archive
from service.commands.site_config import read_site
from service.commands.what_if_report import Report, report
from service.commands.what_if_rules import NewThresholds, RuleMaker
from service.config.settings import Settings
from service.ports.stretches import HourCount
from service.records import AlertFilter
from tracker.errors import ConfigError
from tracker.zones.polygon import Corner, Polygons, require_polygon
from tracker.zones.standing import mean_place
from tracker.zones.zone import ZoneKind

PAGE = 200
_AGO = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY_S}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfRequest:
    """What to try, as it was typed.

    Attributes:
        since: such as 7d, 12h, or a time.
        camera: only this one; None: all.
        model: another ONNX file.
        alarms_per_day: a budget of each camera.
        thresholds: such as 3.4, for movement, or running=1.2.
        zone: corners x,y;x,y;x,y as shares of the picture.
    """

    since: str = "7d"
    camera: str | None = None
    model: Path | None = None
    alarms_per_day: float | None = None
    thresholds: Sequence[str] = ()
    zone: str | None = None
    zone_kind: ZoneKind = "ignore"


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What is there of the time.

    Attributes:
        judged_true: ids of the alerts that somebody judged true.
    """

    sample: Sample
    hours: Sequence[HourCount]
    alerts: Sequence[Alert]
    judged_true: frozenset[str]


def try_rules(settings: Settings, request: WhatIfRequest, now: float | None = None) -> Report:
    """Decide once more what was recorded, by other rules.

    Args:
        now: UTC seconds; None: by the clock.

    Raises:
        ConfigError: the request is wrong, or nothing was recorded.
        StoreUnavailable: the archive, or Redis, did not answer.
    """
    now = time.time() if now is None else now
    since = _since(request.since, now)
    cameras = _cameras(settings, request)
    asked = _asked(request)
    with opened_archive(settings) as database:
        recorded = _recorded(database, since, now, cameras)
    rules = RuleMaker(settings, asked, recorded.sample, recorded.hours, now)
    thresholds, movement = rules.make(cameras)
    found = what_if(
        recorded.sample,
        recorded.alerts,
        OtherRules(thresholds=thresholds, movement=movement, stays=_stays(request)),
    )
    return report(
        found, recorded.sample, recorded.hours, recorded.judged_true, (since, now), rules.notes
    )


def _asked(request: WhatIfRequest) -> NewThresholds:
    given: dict[Kind, float] = {}
    for text in request.thresholds:
        kind, _, value = text.rpartition("=")
        kind = kind or "movement"
        if kind not in KINDS or not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise ConfigError(
                f"--threshold {text!r} does not read; write 3.4, for movement, or running=1.2"
            )
        given[kind] = float(value)
    if not (given or request.model or request.alarms_per_day or request.zone):
        raise ConfigError(
            "nothing is to be tried; name --threshold, --alarms-per-day, --model or --zone"
        )
    return NewThresholds(given=given, per_day=request.alarms_per_day, model=request.model)


def _since(text: str, now: float) -> float:
    if found := _AGO.fullmatch(text):
        return now - float(found[1]) * _SECONDS[found[2]]
    try:
        read = datetime.fromisoformat(text)
    except ValueError as err:
        raise ConfigError(f"--since {text!r} is no time; write 7d, 12h or 2026-11-28") from err
    since = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    if since >= now:
        raise ConfigError(f"--since {text} lies ahead; nothing was recorded since then")
    return since


def _cameras(settings: Settings, request: WhatIfRequest) -> list[str]:
    known = [camera.name for camera in read_site(settings).settings.cameras]
    if not known:
        raise ConfigError("no cameras are known; name the site's file by --config")
    if request.camera is not None and request.camera not in known:
        names = ", ".join(known) or "none"
        raise ConfigError(f"--camera {request.camera} is not one of the site's: {names}")
    if request.zone is not None and request.camera is None and len(known) != 1:
        raise ConfigError("--zone is drawn on one camera's picture; name it by --camera")
    return known if request.camera is None else [request.camera]


def _recorded(database: Database, since: float, now: float, cameras: Sequence[str]) -> _Recorded:
    """Return what the archive has of the time.

    Raises:
        ConfigError: nothing.
    """
    archive, stretches = DatabaseArchive(database), DatabaseStretches(database)
    hours = stretches.hours(since, now, cameras) if cameras else []
    if not sum(each.watched_s for each in hours):
        raise ConfigError(
            "nothing was recorded of this time: stretches of people are kept while the site runs; "
            "see `stretches` of the site file, and try a longer --since"
        )
    kept = [
        (each.stretch, not each.near and each.stretch.alert is None)
        for each in stretches.every(since, now, cameras)
    ]
    seen = {(each.camera, each.hour): each.stretches for each in hours}
    alerts, judged_true = _alerts(archive, since, cameras)
    return _Recorded(weighted(kept, seen), hours, alerts, judged_true)


def _alerts(
    archive: DatabaseArchive, since: float, cameras: Sequence[str]
) -> tuple[list[Alert], frozenset[str]]:
    found: list[Alert] = []
    judged_true: set[str] = set()
    cursor = None
    while True:
        wanted = AlertFilter(cameras=tuple(cameras), since=since)
        page, cursor = archive.page(wanted, cursor=cursor, limit=PAGE)
        found += [each.alert for each in page]
        judged_true |= {each.alert.id for each in page if each.verdict == "true"}
        if cursor is None:
            return found[::-1], frozenset(judged_true)


def _stays(request: WhatIfRequest) -> Callable[[Stretch, float], bool | None]:
    """Return whether a person may raise an alert where they stand, by the zone that is tried."""
    if request.zone is None:
        return lambda _stretch, _at: True
    polygon, ignored = Polygons([_corners(request.zone)]), request.zone_kind == "ignore"

    def stays(stretch: Stretch, at: float) -> bool | None:
        if not (stretch.width_px and stretch.height_px and stretch.windows):
            return None
        window = min(stretch.windows, key=lambda each: abs(each.at - at))
        size_px = np.array((stretch.width_px, stretch.height_px), np.float64)
        place = (mean_place(window.poses(stretch.frames)) / size_px).clip(0, 1)
        if not np.isfinite(place).all():
            return None
        return bool(polygon.contain(place[None])[0, 0]) != ignored

    return stays


def _corners(text: str) -> list[Corner]:
    try:
        pairs = [corner.split(",") for corner in text.split(";")]
        corners: list[Corner] = [(float(x), float(y)) for x, y in pairs]
        require_polygon(corners)
    except ValueError as err:
        raise ConfigError(
            f"--zone {text!r} does not read: {err}; write its corners as shares of the picture, "
            "x,y;x,y;x,y"
        ) from err
    return corners
