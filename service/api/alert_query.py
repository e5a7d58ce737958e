"""Reads from a query string which alerts are wanted."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from inference.types import Kind, Severity, Verdict
from service.access.principal import Principal
from service.api.problems import Problem
from service.api.time_query import QueryTime
from service.records import AlertFilter
from service.sentences.requests import NOTHING_BETWEEN
from tracker.zones.zone import NAME_CHARACTERS

PAGE_LIMIT = 200
# PostgreSQL takes no NUL in a text.
ZoneName = Annotated[str, Field(max_length=NAME_CHARACTERS, pattern=r"^[^\x00]*$")]
CameraName = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")]


class AlertQuery(BaseModel):
    """Which alerts are wanted; a parameter that stands several times means any of its values.

    Attributes:
        kind: of alerts that have it, as their most severe one or not.
        since, until: bounds of opened_at, UTC seconds or ISO 8601; the first is included, the
            second is not.
        verdict: "none": alerts that nobody has judged.
        zone: a name of zones, on whichever camera.
        text: words, or their beginnings, that all stand in the alert's notes.
    """

    camera: Annotated[list[CameraName], Field(max_length=256)] = []
    kind: list[Kind] = []
    state: list[Literal["open", "closed"]] = []
    severity: list[Severity] = []
    verdict: list[Verdict | Literal["none"]] = []
    zone: Annotated[list[ZoneName], Field(max_length=256)] = []
    acknowledged: bool | None = None
    since: QueryTime | None = None
    until: QueryTime | None = None
    text: Annotated[str | None, Field(min_length=1, max_length=200)] = None

    def filter(self, principal: Principal) -> AlertFilter:
        """Return what to look for, among the cameras that this principal may see.

        Args:
            principal: may see every camera that the query names.

        Raises:
            Problem: no time lies between since and until.
        """
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise Problem(422, "invalid-parameter", NOTHING_BETWEEN(), pointer="until")
        visible = sorted(principal.cameras or ())
        return AlertFilter(
            cameras=tuple(dict.fromkeys(self.camera or visible)),
            kinds=tuple(self.kind),
            states=tuple(self.state),
            severities=tuple(self.severity),
            verdicts=tuple(self.verdict),
            acknowledged=self.acknowledged,
            since=self.since,
            until=self.until,
            text=self.text,
            zones=tuple(dict.fromkeys(self.zone)),
        )


class AlertPageQuery(AlertQuery):
    """Which page of them."""

    cursor: Annotated[str | None, Field(max_length=200)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = 50
