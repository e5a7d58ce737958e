"""Makes the record of a decision from what its camera's rules were told. Pure."""

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from inference.alert_reports import Decision
from inference.replay.journal import JournaledAlerts
from inference.replay.record import DecisionRecord, RecordedWindow, ScoreAdded, digests_of
from inference.types import Score
from tracker.types import Window

WINDOWS_BOUND = 16  # of one record


def windows_behind(decision: Decision, journal: JournaledAlerts) -> list[str]:
    """Return the references of the windows that the record of a decision holds."""
    return [score.window for score in _scores_of(decision.event.alert.person, journal)]


def record_of(
    decision: Decision,
    journal: JournaledAlerts,
    fetch: Callable[[str, str], Window | None],
    *,
    runtime: str,
    software: str,
) -> DecisionRecord:
    """Return the record of a decision that was just made.

    Args:
        fetch: returns the window of a camera's score, by its reference; None: it is gone.
        runtime: version of ONNX Runtime; software: of posewarden.
    """
    alert = decision.event.alert
    scores = list(_scores_of(alert.person, journal))
    made = DecisionRecord(
        event=decision.event,
        before=journal.before,
        steps=tuple(journal.steps),
        armed=tuple(journal.armed),
        rules=journal.rules,
        model=scores[-1].model if scores else alert.model,
        provider=scores[-1].provider if scores else "",
        runtime=runtime,
        software=software,
        windows=tuple(_windows(alert.camera, scores, fetch)),
    )
    return msgspec.structs.replace(made, digests=digests_of(made))


def _scores_of(person: str, journal: JournaledAlerts) -> Iterator[Score]:
    """Yield the last scores of a person among the steps, oldest first."""
    found = [
        step.score
        for step in journal.steps
        if isinstance(step, ScoreAdded)
        and step.score.nll is not None
        and str(step.score.person) == person
    ]
    yield from found[-WINDOWS_BOUND:]


def _windows(
    camera: str, scores: list[Score], fetch: Callable[[str, str], Window | None]
) -> Iterator[RecordedWindow]:
    """Yield the windows of scores that are still there."""
    for score in scores:
        window = fetch(camera, score.window)
        if window is not None and score.nll is not None:
            joints = np.ascontiguousarray(window.joints, "<f4")
            yield RecordedWindow(
                reference=score.window,
                frames=len(joints),
                joints=joints.tobytes(),
                nll=score.nll,
            )
