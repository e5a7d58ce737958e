"""Removes what the archive keeps no longer: by age and size, a few alerts at a time."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from inference.types import VERDICTS, Verdict
from service.ports.alerts import AlertForgetter
from service.ports.archive import ArchiveKeeper
from service.ports.telemetry import SiteTelemetry
from service.records import AlertFilter

log = logging.getLogger(__name__)

DAY_S = 86_400.0
REMOVED_PER_STEP = 100
REST_S = 60.0  # between two looks at everything


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long, and up to which size, alerts are kept; None sets no bound."""

    days: float | None = None
    size_bytes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """A site's rules. A verdict's days win over its camera's, these over those of all alerts.

    Attributes:
        audit_days: how long entries of the audit log are kept; None: without an end.
    """

    everything: RetentionRule
    cameras: Mapping[str, RetentionRule] = field(default_factory=dict)
    verdicts: Mapping[Verdict, RetentionRule] = field(default_factory=dict)
    audit_days: float | None = None

    def days(self, camera: str, verdict: Verdict | None) -> float | None:
        """Return for how many days an alert is kept."""
        judged = None if verdict is None else self.verdicts.get(verdict)
        given = [] if judged is None else [judged]
        given += [self.cameras[camera]] if camera in self.cameras else []
        return next((rule.days for rule in given if rule.days is not None), self.everything.days)

    def sizes(self) -> Iterator[tuple[AlertFilter, float]]:
        """Yield which alerts may together take how many bytes."""
        for camera, rule in self.cameras.items():
            if rule.size_bytes is not None:
                yield AlertFilter(cameras=(camera,)), rule.size_bytes
        for verdict, rule in self.verdicts.items():
            if rule.size_bytes is not None:
                yield AlertFilter(verdicts=(verdict,)), rule.size_bytes
        if self.everything.size_bytes is not None:
            yield AlertFilter(), self.everything.size_bytes


class Retention:
    """Looks through the archive in steps of one query; removes at most a hundred alerts in each.

    Open alerts are never removed.

    Args:
        forgetter: forgets the alerts in Redis, too.
        clock: UTC seconds.
    """

    def __init__(
        self,
        rules: RetentionRules,
        keeper: ArchiveKeeper,
        forgetter: AlertForgetter,
        *,
        telemetry: SiteTelemetry,
        clock: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._keeper = keeper
        self._forgetter = forgetter
        self._telemetry = telemetry
        self._clock = clock
        self._steps: Iterator[None] | None = None
        self._rest_until = float("-inf")

    def step(self, now: float) -> None:
        """Do the next piece of work, if it is time.

        Args:
            now: monotonic seconds.

        Raises:
            StoreUnavailable: Redis or the database did not answer; what is due is found again.
        """
        if now < self._rest_until:
            return
        # A generator that raises is at its end: what is left is found again after a rest.
        steps, self._steps = self._steps or self._everything(), None
        try:
            next(steps)
        except StopIteration:
            self._rest_until = now + REST_S
        else:
            self._steps = steps

    def _everything(self) -> Iterator[None]:
        yield from self._by_age()
        yield from self._by_size()
        yield from self._audit()
        self._telemetry.gauge("archive_size_bytes", self._keeper.size_bytes(AlertFilter()))

    def _by_age(self) -> Iterator[None]:
        verdicts: tuple[Verdict | None, ...] = (None, *VERDICTS)
        for camera in self._keeper.cameras():
            for verdict in verdicts:
                days = self._rules.days(camera, verdict)
                if days is None:
                    continue
                expired = AlertFilter(
                    cameras=(camera,),
                    verdicts=(verdict or "none",),
                    states=("closed",),
                    until=self._clock() - days * DAY_S,
                )
                while len(self._remove(expired, "age")) == REMOVED_PER_STEP:
                    yield
                yield

    def _by_size(self) -> Iterator[None]:
        for which, most_bytes in self._rules.sizes():
            closed = AlertFilter(cameras=which.cameras, verdicts=which.verdicts, states=("closed",))
            while self._keeper.size_bytes(which) > most_bytes:
                removed = self._remove(closed, "size")
                yield
                if not removed:
                    break  # what is left is open
            yield

    def _audit(self) -> Iterator[None]:
        if (days := self._rules.audit_days) is not None:
            before = self._clock() - days * DAY_S
            while self._keeper.remove_entries(before, REMOVED_PER_STEP) == REMOVED_PER_STEP:
                yield

    def _remove(self, wanted: AlertFilter, reason: str) -> Sequence[str]:
        removed = self._keeper.oldest(wanted, REMOVED_PER_STEP)
        if removed:
            # Redis first: what it still had would be carried over again after a gap.
            self._forgetter.forget(removed)
            gone = self._keeper.remove(removed)
            self._telemetry.count("archive_removed_total", gone, reason=reason)
            log.info("alerts removed", extra={"alerts": gone, "reason": reason})
        return removed
