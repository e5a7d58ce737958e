"""Writes down what each decision followed from, before anybody is told."""

from collections.abc import Callable, Iterator
from importlib.metadata import version

import numpy as np

from inference.person_alert import Decision
from inference.replay.journal import JournaledAlerts
from inference.replay.record import DecisionRecord, RecordedWindow, ScoreAdded
from inference.types import Score
from service.ports import SiteTelemetry, WindowArchive
from service.replay_ports import DecisionLog
from tracker.types import Window

WINDOWS_BOUND = 16  # of one record


class DecisionRecorder:
    """Appends a record of each decision.

    Args:
        runtime: version of ONNX Runtime.
    """

    def __init__(
        self, log: DecisionLog, archive: WindowArchive, *, telemetry: SiteTelemetry, runtime: str
    ) -> None:
        self._log = log
        self._archive = archive
        self._telemetry = telemetry
        self._runtime = runtime
        self._software = version("posewarden")

    def record(self, decision: Decision, journal: JournaledAlerts) -> None:
        """Append the record of a decision that was just made.

        Raises:
            StoreUnavailable: Redis did not answer; the same is decided again later.
        """
        alert = decision.event.alert
        if journal.overflown:
            self._telemetry.count("decisions_lost_total", reason="overflow")
            return
        scores = list(_scores_of(alert.person, journal))
        provider = scores[-1].provider if scores else ""
        self._log.append(
            DecisionRecord(
                event=decision.event,
                before=journal.before,
                steps=tuple(journal.steps),
                armed=tuple(journal.armed),
                rules=journal.rules,
                model=scores[-1].model if scores else alert.model,
                provider=provider,
                runtime=self._runtime,
                software=self._software,
                windows=tuple(_windows(alert.camera, scores, self._archive.fetch)),
            )
        )


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
