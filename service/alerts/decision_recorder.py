"""Writes down what each decision followed from, before anybody is told."""

from importlib.metadata import version

from inference.person_alert import Decision
from inference.replay.journal import JournaledAlerts
from inference.replay.recording import record_of
from service.ports.deciding import WindowArchive
from service.ports.decision_records import DecisionLog
from service.ports.telemetry import SiteTelemetry


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
        if journal.overflown:
            self._telemetry.count("decisions_lost_total", reason="overflow")
            return
        self._log.append(
            record_of(
                decision,
                journal,
                self._archive.fetch,
                runtime=self._runtime,
                software=self._software,
            )
        )
