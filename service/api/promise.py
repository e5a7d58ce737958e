"""What is promised of cameras' false alarms, and how unusual it is before them now."""

from collections.abc import Iterable

from inference.calibration import sentences as said
from inference.calibration.promise import promise_text
from inference.calibration.rarity import once_in_hours
from inference.calibration.snapshot import Snapshot
from inference.types import Kind
from service.api.dependencies import ApiDependencies
from service.config.budget_settings import AlarmsPerDay, alarms_per_day_of
from service.config.camera_editor import camera_of
from service.config.effective import EffectiveSite
from service.operations.calibration import in_force
from tracker.wording import Sentence, sentence_of


def budget_shown(site: EffectiveSite, name: str) -> AlarmsPerDay | None:
    """Return a camera's budget as people write it; None without one."""
    budget = site.budgets.get(name)
    return None if budget is None else alarms_per_day_of(budget.budget)


def promise_of(
    site: EffectiveSite, name: str, held: Snapshot | None, found: Snapshot | None = None
) -> Sentence:
    """Return in a sentence what is promised of a camera of the site.

    Args:
        held: the calibration in force.
        found: what its footage calls for, if none is.
    """
    if name in site.budgets:
        if held is not None:
            return promise_text(held)
        return said.CALIBRATING() if found is None else promise_text(found)
    if camera_of(site, name).threshold is not None:
        return said.OWN_THRESHOLD()
    return said.NO_BUDGET()


def frozen_of(why: str | None) -> Sentence | None:
    """Return why no calibration is taken, as it is stored, as a sentence; None: one is."""
    known = {each.english: each() for each in (said.HELD, said.DRIFTING)}
    return None if why is None else known.get(why, sentence_of(why))


def held_calibrations(dependencies: ApiDependencies, names: Iterable[str]) -> dict[str, Snapshot]:
    """Return the calibrations in force, by camera.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    budgets = dependencies.site.budgets
    newest = dependencies.calibrations.newest([name for name in names if name in budgets])
    held = {name: in_force(each, dependencies.recipe(name)) for name, each in newest.items()}
    return {name: each for name, each in held.items() if each is not None}


def rarities_now(
    dependencies: ApiDependencies, held: dict[str, Snapshot]
) -> dict[str, dict[Kind, float]]:
    """Return how rare the highest peaks of the running blocks are, of calibrated cameras.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    found: dict[str, dict[Kind, float]] = {}
    for name, snapshot in held.items():
        block = dependencies.running_block(name)
        highest = {} if block is None else {kind: each[0] for kind, each in block.peaks.items()}
        rare = {kind: once_in_hours(snapshot, kind, score) for kind, score in highest.items()}
        found[name] = {kind: hours for kind, hours in rare.items() if hours is not None}
    return found
