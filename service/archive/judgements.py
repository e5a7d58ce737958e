"""Reads from the archive when there were alerts, or near misses, that somebody judged."""

from collections.abc import Sequence
from typing import Literal

from inference.calibration.footage import Interval
from inference.types import MEASURED_KINDS
from service.ports.archive import AlertArchive
from service.ports.calibrations import Judgements
from service.ports.stretches import NearFilter, StretchArchive
from service.records import AlertFilter

PAGE = 200
# Of one camera, the newest; at 50 a day more than a month of them.
MOST = 2000


class ArchivedJudgements(Judgements):
    """Judged alerts of the archive, the newest `MOST` of each verdict."""

    def __init__(self, archive: AlertArchive, stretches: StretchArchive) -> None:
        self._archive = archive
        self._stretches = stretches

    def judged(self, camera: str, since: float) -> tuple[Sequence[Interval], Sequence[Interval]]:
        return self._of("true", camera, since), self._of("false", camera, since)

    def labelled(self, camera: str, since: float) -> tuple[Sequence[Interval], Sequence[Interval]]:
        return self._near("true", camera, since), self._near("false", camera, since)

    def _near(self, label: Literal["true", "false"], camera: str, since: float) -> list[Interval]:
        wanted = NearFilter(cameras=(camera,), since=since, labels=(label,), limit=MOST)
        return [Interval(each.begin_at, each.until) for each in self._stretches.near_misses(wanted)]

    def _of(self, verdict: Literal["true", "false"], camera: str, since: float) -> list[Interval]:
        # How long somebody stays says nothing of the footage of how people move there.
        wanted = AlertFilter(
            cameras=(camera,), kinds=MEASURED_KINDS, verdicts=(verdict,), since=since
        )
        found: list[Interval] = []
        cursor: str | None = None
        while len(found) < MOST:
            page, cursor = self._archive.page(wanted, cursor=cursor, limit=PAGE)
            for each in page:
                ended_at = each.alert.closed_at or each.alert.updated_at
                found.append(Interval(each.alert.opened_at, max(ended_at, each.alert.opened_at)))
            if cursor is None:
                break
        return found
