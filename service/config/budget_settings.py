"""Budgets of false alarms: as the site's file has them, and as people set them over the API."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import msgspec
from pydantic import BeforeValidator

from inference.calibration.budget import Budget
from inference.types import Kind
from service.config.problem import ConfigProblem
from service.ports.site import UNREADABLE, SiteDocuments
from service.sentences.cameras import NO_KIND, NO_NUMBER

# Alarms a day, of all kinds together or by kind.
AlarmsPerDay: TypeAlias = float | dict[Kind, float]


def budget_of(alarms_per_day: object) -> Budget:
    """Return the budget that somebody wrote.

    Raises:
        ValueError: it is no number and no mapping of kinds, or out of bounds.
    """
    if isinstance(alarms_per_day, Mapping):
        if not alarms_per_day:
            raise ValueError(NO_KIND())
        return Budget(None, {kind: _number(value, kind) for kind, value in alarms_per_day.items()})
    return Budget(_number(alarms_per_day, "alarms_per_day"))


def alarms_per_day_of(budget: Budget) -> AlarmsPerDay:
    """Return a budget as people write it."""
    return dict(budget.kinds) if budget.per_day is None else budget.per_day


def _number(value: object, what: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(NO_NUMBER(what=str(what), value=repr(value)))
    return float(value)


def _checked(alarms_per_day: object) -> object:
    if alarms_per_day is not None:
        budget_of(alarms_per_day)
    return alarms_per_day


BudgetSetting: TypeAlias = Annotated[AlarmsPerDay | None, BeforeValidator(_checked)]


class BudgetDocument(msgspec.Struct, frozen=True):
    """What people set over the API of one camera; None: it has no budget."""

    alarms_per_day: AlarmsPerDay | None


class CameraBudget(msgspec.Struct, frozen=True):
    """The budget that one camera has.

    Attributes:
        origin: who set it: the file for the site or for the camera, or somebody over the API.
    """

    budget: Budget
    origin: Literal["site", "camera", "api"]


def camera_budgets(
    site: AlarmsPerDay | None,
    cameras: Mapping[str, AlarmsPerDay | None],
    documents: SiteDocuments,
) -> tuple[dict[str, CameraBudget], list[ConfigProblem]]:
    """Return the budgets that hold, by camera, and documents that do not read.

    Args:
        cameras: what the file sets of each.
    """
    found: dict[str, CameraBudget] = {}
    problems: list[ConfigProblem] = []
    set_over_api = documents.of("budgets")
    for name, own in cameras.items():
        if own is not None:
            found[name] = CameraBudget(budget_of(own), "camera")
        elif site is not None:
            found[name] = CameraBudget(budget_of(site), "site")
        if (document := set_over_api.get(name)) is None:
            continue
        try:
            stored = msgspec.json.decode(document.body, type=BudgetDocument).alarms_per_day
            if stored is None:
                found.pop(name, None)
            else:
                found[name] = CameraBudget(budget_of(stored), "api")
        except (*UNREADABLE, ValueError) as err:
            problems.append(ConfigProblem(f"camera {name}: alarms_per_day", str(err)))
    return found, problems
