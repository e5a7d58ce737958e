"""Numbers for the combinations of what alerts are filtered by; see `tables.facets`."""

from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, insert, literal, or_, select
from sqlalchemy.sql import ColumnElement

from inference.types import Alert, Verdict
from service.adapters.database.tables import facets
from service.records import AlertFilter, kinds_of

NOT_JUDGED: Literal["none"] = "none"


@dataclass(frozen=True, slots=True)
class Facets:
    """One combination.

    Attributes:
        kinds: of the alert, the most severe first, with a space between.
    """

    kinds: str
    state: str
    severity: str
    verdict: str = NOT_JUDGED
    acknowledged: bool = False

    def of(self, alert: Alert) -> "Facets":
        """Return the combination with what another version of the alert says."""
        return replace(self, kinds=_kinds(alert), state=alert.state, severity=alert.severity)

    def judged(self) -> Verdict | None:
        """Return the verdict."""
        known: dict[str, Verdict] = {"true": "true", "false": "false", "unsure": "unsure"}
        return known.get(self.verdict)


def facets_of(alert: Alert) -> Facets:
    """Return the combination of an alert that nobody has looked at."""
    return Facets(_kinds(alert), alert.state, alert.severity)


def _kinds(alert: Alert) -> str:
    return " ".join(kinds_of(alert))


class FacetNumbers:
    """The numbers as one transaction sees them; gives new combinations new numbers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        rows = connection.execute(select(facets)).all()
        self._by_number: dict[int, Facets] = {row[0]: Facets(*row[1:]) for row in rows}
        self._numbers = {each: number for number, each in self._by_number.items()}

    def __getitem__(self, number: int) -> Facets:
        return self._by_number[number]

    def number(self, wanted: Facets) -> int:
        """Return the number of a combination."""
        known = self._numbers.get(wanted)
        if known is not None:
            return known
        number = len(self._numbers) + 1
        self._connection.execute(
            insert(facets).values(
                id=number,
                kinds=wanted.kinds,
                state=wanted.state,
                severity=wanted.severity,
                verdict=wanted.verdict,
                acknowledged=wanted.acknowledged,
            )
        )
        self._numbers[wanted], self._by_number[number] = number, wanted
        return number


def facet_conditions(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    """Return what a filter asks of the combinations; nothing where every one fits."""
    lists = (
        (facets.c.state, wanted.states),
        (facets.c.severity, wanted.severities),
        (facets.c.verdict, wanted.verdicts),
    )
    conditions: list[ColumnElement[bool]] = [
        column.in_(values) for column, values in lists if values
    ]
    if wanted.kinds:
        whole = literal(" ") + facets.c.kinds + " "
        conditions.append(or_(*(whole.contains(f" {kind} ") for kind in wanted.kinds)))
    if wanted.acknowledged is not None:
        conditions.append(facets.c.acknowledged == wanted.acknowledged)
    return conditions


def fitting_numbers(connection: Connection, conditions: list[ColumnElement[bool]]) -> list[int]:
    """Return the numbers of the combinations that fulfil all conditions."""
    wanted = select(facets.c.id).where(*conditions).order_by(facets.c.id)
    return list(connection.execute(wanted).scalars())
