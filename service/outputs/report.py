"""Reports how a target's deliveries go: metrics, the log, and the service's own events."""

import logging
from collections.abc import Sequence

from inference.types import AlertEvent
from service.outputs.plan import opens
from service.outputs.records import DELIVERY_STATES, DeliveryRecord, Failing
from service.ports.telemetry import SiteTelemetry
from service.sentences import events
from service.system_events import StreamEvent, SystemEvents
from tracker.wording import sentence_of

log = logging.getLogger(__name__)
FAILING_AFTER_S = 60.0


class DeliveryReport:
    """What others see of one target.

    Args:
        events: where it says that the output fails for a minute and more.
    """

    def __init__(self, target: str, telemetry: SiteTelemetry, events: SystemEvents) -> None:
        self._target = target
        self._telemetry = telemetry
        self._events = events

    def begin(self) -> None:
        """Let the target's series begin at 0: a rate needs no first event."""
        for result in ("retried", "spared", *DELIVERY_STATES[1:]):
            self._telemetry.count("deliveries_total", 0, target=self._target, result=result)
        self._telemetry.gauge("output_failing", 0, target=self._target)

    def end(self) -> None:
        """Forget the target's gauges: another process delivers, or nobody does."""
        self._telemetry.forget_gauges(("output_failing", "output_lag_seconds"), target=self._target)

    def decided(self, records: Sequence[DeliveryRecord]) -> None:
        """Count what became of messages."""
        for each in records:
            self._telemetry.count("deliveries_total", target=self._target, result=each.state)

    def spared(self) -> None:
        """Count a message that was not sent again."""
        self._telemetry.count("deliveries_total", target=self._target, result="spared")

    def delivered(
        self, event: StreamEvent | None, since: float, before: Failing | None, now: float
    ) -> None:
        """Report a message that has arrived.

        Args:
            event: what it was about, if it was a single change.
            since: when that was written.
            before: the failure that it ends.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        self._telemetry.gauge("output_failing", 0, target=self._target)
        if isinstance(event, AlertEvent) and opens(event):
            delay_s = max(0.0, now - event.alert.updated_at)
            self._telemetry.observe("capture_to_delivered_seconds", delay_s, target=self._target)
            self._telemetry.observe("stage_seconds", max(0.0, now - since), stage="output")
        if before is not None:
            failed_s = now - before.since
            extra = {"output": self._target, "failed_s": round(failed_s)}
            log.info("output delivers again", extra=extra)
            back = events.BACK_AFTER(time=events.spoken(failed_s))
            self._events.clear("output-failing", back, subject=self._target)

    def failed(self, failing: Failing, now: float) -> None:
        """Report an attempt that failed and is repeated.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        self._telemetry.count("deliveries_total", target=self._target, result="retried")
        self._telemetry.gauge("output_failing", 1, target=self._target)
        if failing.attempts == 1:
            extra = {"output": self._target, "reason": failing.reason}
            log.warning("output does not deliver; retrying", extra=extra)
        if now - failing.since >= FAILING_AFTER_S:
            self._events.raise_(
                "output-failing",
                events.ATTEMPTS_FAILED(
                    attempts=failing.attempts, problem=sentence_of(failing.reason)
                ),
                remedy=events.TEST_OUTPUT(name=self._target),
                subject=self._target,
            )

    def given_up(self, reason: str) -> None:
        """Report a message that is given up."""
        extra = {"output": self._target, "reason": reason}
        log.error("message is given up", extra=extra)

    def lag(self, lag_s: float) -> None:
        """Report how old the next change is that is not dealt with."""
        self._telemetry.gauge("output_lag_seconds", max(0.0, lag_s), target=self._target)
