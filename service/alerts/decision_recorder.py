"""Writes down what each decision followed from, before anybody is told."""

from collections.abc import Callable, Sequence

from inference.alert_reports import Decision
from inference.replay.journal import JournaledAlerts
from inference.replay.recording import record_of
from service.ports.decision_records import DecisionLog
from service.ports.telemetry import SiteTelemetry
from service.running_version import running_version
from tracker.types import Window


class DecisionRecorder:
    """Appends a record of each decision.

    Args:
        runtime: version of ONNX Runtime.
    """

    def __init__(self, log: DecisionLog, *, telemetry: SiteTelemetry, runtime: str) -> None:
        self._log = log
        self._telemetry = telemetry
        self._runtime = runtime
        self._software = running_version()

    def record(
        self,
        made: Sequence[tuple[Decision, JournaledAlerts]],
        fetch: Callable[[str, str], Window | None],
    ) -> None:
        """Append the records of decisions that were just made, together.

        Args:
            fetch: returns the window of a camera's score, by its reference; None: it is gone.

        Raises:
            StoreUnavailable: Redis did not answer; the same is decided again later.
        """
        records = [
            record_of(decision, journal, fetch, runtime=self._runtime, software=self._software)
            for decision, journal in made
            if not journal.overflown
        ]
        if len(records) < len(made):
            lost = len(made) - len(records)
            self._telemetry.count("decisions_lost_total", lost, reason="overflow")
        if records:
            self._log.append_all(records)
