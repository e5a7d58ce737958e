"""Every sentence with a code that the service says, by its code."""

from collections.abc import Iterator, Mapping
from types import ModuleType

from inference.calibration import sentences as of_calibrations
from inference.drift import sentences as of_drift
from service.sentences import (
    alerts,
    arming,
    cameras,
    events,
    models,
    outputs,
    people,
    requests,
    scoring,
    values,
)
from tracker import sentences as of_tracker
from tracker import wording
from tracker.wording import Wording

MODULES = (alerts, arming, cameras, events, models, outputs, people, requests, scoring, values)


def wordings() -> Iterator[tuple[str, Wording]]:
    """Yield the name and the wording of every sentence."""
    for module in (*MODULES, of_calibrations, of_drift, of_tracker, wording):
        yield from _of(module)


def _of(module: ModuleType) -> Iterator[tuple[str, Wording]]:
    for name, value in vars(module).items():
        if isinstance(value, Wording):
            yield name, value


CATALOGUE: Mapping[str, Wording] = {each.code: each for _, each in wordings()}
