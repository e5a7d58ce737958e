"""How many of a camera's past alerts a polygon would have removed, by their archived poses."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

import numpy as np

from inference.types import Alert
from service.archive.reading import AlertReader
from service.ports.archive import EpisodeArchive
from service.records import AlertFilter, PoseFrame
from tracker.types import Float32
from tracker.zones.polygon import Corner, Points, Polygons
from tracker.zones.standing import WINDOW_S, lying_places, mean_place
from tracker.zones.zone import ZoneKind

PREVIEWED_S = 7 * 86_400.0
MOST_PREVIEWED = 300
# Who fell stood elsewhere a while before; the recording begins so long before an alert.
STOOD_BEFORE_S = 2.0

Outcome: TypeAlias = Literal["removed", "kept", "unsure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePreview:
    """What a polygon would have done to the alerts of the last week.

    Attributes:
        alerts: how many were looked at, the newest ones.
        removed: ids of those that would not have opened.
        unsure: how many of which nobody knows where the person stood; they would have opened.
        complete: False: there were more alerts.
    """

    alerts: int
    removed: tuple[str, ...]
    unsure: int
    complete: bool


def preview(
    polygon: Sequence[Corner],
    kind: ZoneKind,
    *,
    camera: str,
    now: float,
    alerts: AlertReader,
    episodes: EpisodeArchive,
) -> ZonePreview:
    """Return what a polygon would have done to a camera's alerts of the last week.

    Args:
        kind: `ignore`: those inside are removed; `zone`: with only_here, those outside.
        now: UTC seconds.

    Raises:
        ArchiveUnavailable: the database does not answer.
    """
    wanted = AlertFilter(cameras=(camera,), since=now - PREVIEWED_S)
    newest = list(islice(alerts.every(wanted), MOST_PREVIEWED + 1))
    looked_at = [each.alert for each in newest[:MOST_PREVIEWED]]
    judged = Polygons([polygon])
    outcomes = [_outcome(alert, judged, kind, episodes) for alert in looked_at]
    return ZonePreview(
        alerts=len(looked_at),
        removed=tuple(
            alert.id
            for alert, outcome in zip(looked_at, outcomes, strict=True)
            if outcome == "removed"
        ),
        unsure=outcomes.count("unsure"),
        complete=len(newest) <= MOST_PREVIEWED,
    )


def _outcome(alert: Alert, polygon: Polygons, kind: ZoneKind, episodes: EpisodeArchive) -> Outcome:
    stood, lies = _places(alert, episodes)
    known = np.isfinite((stood[0], lies[0]))
    if not known.any():
        return "unsure"
    inside = polygon.contain(np.stack([stood, lies]))[:, 0][known]
    removed = inside.all() if kind == "ignore" else not inside.any()
    return "removed" if removed else "kept"


def _places(alert: Alert, episodes: EpisodeArchive) -> tuple[Points, Points]:
    """Return where an alert's person stood, and where they lay as it opened: shares, NaN unknown.

    Somebody who fell stood a moment before; everybody else stands where they are.
    """
    nowhere: Points = np.full(2, np.nan)
    state = episodes.about(alert.id)
    if state is None or not (state.width_px and state.height_px):
        return nowhere, nowhere
    number = int(alert.person.rpartition("/")[2])
    size_px = np.array((state.width_px, state.height_px), np.float64)
    until, fell = alert.opened_at, any(each.kind in ("fall", "person_down") for each in alert.kinds)
    poses = _poses(episodes, alert, number, until)
    from_s = STOOD_BEFORE_S if fell else WINDOW_S
    stood = [joints for at, joints in poses if until - from_s <= at <= until - from_s + WINDOW_S]
    place = mean_place(np.stack(stood)) / size_px if stood else nowhere
    if not fell or not poses:
        return place.clip(0, 1), nowhere
    lies = lying_places(poses[-1][1][None])[0] / size_px
    return place.clip(0, 1), lies.clip(0, 1)


def _poses(
    episodes: EpisodeArchive, alert: Alert, number: int, until: float
) -> list[tuple[float, Float32]]:
    """Return a person's archived poses up to the opening of their alert, with their times."""
    found: list[tuple[float, Float32]] = []
    for piece in episodes.frames(alert.id):
        found += [
            (frame.at, person.joints)
            for frame in piece
            for person in frame.people
            if person.number == number and frame.at <= until
        ]
        if _ends_after(piece, until):
            break
    return found


def _ends_after(piece: Sequence[PoseFrame], until: float) -> bool:
    return bool(piece) and piece[-1].at > until
