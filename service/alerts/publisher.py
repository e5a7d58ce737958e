"""Publishes decided alerts: adds what stands out in their window, writes each change once.

What is to be published at one time goes to the store together: alerts that come at once do not wait
for each other's round trips, nor each for the replicas.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from inference.alert_reports import Decision
from inference.explanation import with_joints
from inference.replay.recording import windows_behind
from inference.types import Alert, AlertEvent, AlertPoses
from service.alerts.explanation import explain
from service.alerts.held_camera import HeldCamera
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.ports.canary import is_hidden
from service.ports.deciding import AlertChange, PutResult, put_results
from tracker.errors import AlertNotWritten, StoreUnavailable
from tracker.types import Window

log = logging.getLogger(__name__)
PAGE_ALERTS = 200
WRITTEN_TOGETHER = 64  # decisions; a clip has some 10 kB

_Fetch: TypeAlias = Callable[[str, str], Window | None]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and the camera that it is about.

    Attributes:
        since: when it was made, if a score led to it; UTC seconds.
    """

    state: HeldCamera
    decision: Decision
    since: float | None = None


class AlertPublisher:
    """Writes alert events to history and subscribers."""

    def __init__(self, dependencies: AlertLoopDependencies) -> None:
        self._sink = dependencies.sink
        self._history = dependencies.history
        self._archive = dependencies.archive
        self._flow = dependencies.flow
        self._telemetry = dependencies.telemetry
        self._traces = dependencies.traces
        self._recorder = dependencies.recorder
        self._clock = dependencies.clock

    def publish(self, decided: Sequence[Decided]) -> dict[str, AlertNotWritten]:
        """Write decisions in this order; name the joints that stand out in windows behind them.

        Each is the last step of its camera: nothing was added to its rules since.

        Returns:
            the cameras of which an alert cannot be written, and why. Decide them again from
            their saved state: what follows is not written before it.

        Raises:
            StoreUnavailable: the store did not answer; deciding again writes once.
        """
        failed: dict[str, AlertNotWritten] = {}
        for part in _parts(decided):
            failed |= self._publish([each for each in part if _camera(each) not in failed])
        return failed

    def _publish(self, decided: Sequence[Decided]) -> dict[str, AlertNotWritten]:
        fetch = self._windows_of(decided)
        self._record(decided, fetch)
        changes = [self._change(each, fetch) for each in decided]
        results = put_results(self._sink, changes)
        for change, result in zip(changes, results, strict=True):
            if result is True:  # before anything else can fail: it is not written again
                self._report(change.event)
        for each, change, result in zip(decided, changes, results, strict=True):
            if result is False and self._close_again(change.event, each.state.term):
                self._report(change.event)
            if not isinstance(result, StoreUnavailable):
                self._after_put(each, change)
        return _failed(decided, results)

    def _after_put(self, each: Decided, change: AlertChange) -> None:
        alert = change.event.alert
        if each.since is not None and change.event.type == "opened":
            took_s = max(self._clock() - each.since, 0.0)
            self._telemetry.observe("stage_seconds", took_s, stage="publish")
        if change.poses is not None:
            each.state.journal.name_joints(alert.id, alert.joints)

    def _windows_of(self, decided: Sequence[Decided]) -> _Fetch:
        """Read the windows behind decisions; return what finds them."""
        wanted: dict[tuple[str, str], None] = {}
        for each in decided:
            camera, window = each.decision.event.alert.camera, each.decision.window
            if window is not None:
                wanted[camera, window] = None
            if self._recorder is not None and _is_shown(each):
                behind = windows_behind(each.decision, each.state.journal)
                wanted.update(dict.fromkeys((camera, reference) for reference in behind))
        found = dict(zip(wanted, self._archive.fetch_all(list(wanted)), strict=True))
        return lambda camera, reference: found.get((camera, reference))

    def _record(self, decided: Sequence[Decided], fetch: _Fetch) -> None:
        if self._recorder is not None:
            made = [(each.decision, each.state.journal) for each in decided if _is_shown(each)]
            self._recorder.record(made, fetch)

    def _change(self, each: Decided, fetch: _Fetch) -> AlertChange:
        if each.state.watch is not None:
            each.state.watch.alerted(each.decision.event.alert)
        event, poses = self._explained(each.decision, fetch)
        return AlertChange(event, poses, each.state.term)

    def close_left_open(self, camera: str, term: int) -> None:
        """Close alerts of a camera that nobody decides about any more, with their last change.

        A process that dies, or loses its lease, between publishing an alert and saving it leaves
        one that is in no saved state. Ordinarily it is decided again; of a camera that is deleted
        or paused nothing is.

        Raises:
            StoreUnavailable: the store did not answer; closing again writes once.
        """
        cursor: str | None = None
        while True:
            page, cursor = self._history.page(
                camera=camera, since=None, cursor=cursor, limit=PAGE_ALERTS
            )
            for alert in page:
                if alert.state == "open":
                    self._close(alert, term)
            if cursor is None:
                return

    def _close(self, alert: Alert, term: int) -> None:
        closed = msgspec.structs.replace(
            alert, state="closed", closed_at=alert.updated_at, version=alert.version + 1
        )
        event = AlertEvent(type="closed", alert=closed)
        if self._sink.put(event, None, term) or self._close_again(event, term):
            self._report(event)

    def _report(self, event: AlertEvent) -> None:
        alert = event.alert
        if event.type != "updated":
            labels = {"severity": alert.severity, "state": alert.state}
            self._telemetry.count("alerts_total", 1, camera=alert.camera, **labels)
            log.info("alert %s", event.type, extra={"camera": alert.camera, "alert": alert.id})

    def _close_again(self, event: AlertEvent, term: int) -> bool:
        """Close an alert of which another change was written under the same version.

        Whoever continues from the saved state may find somebody gone whom the process before it
        saw once more before it died. Without this the alert would never close.
        """
        if event.type != "closed":
            return False
        known = self._history.get(event.alert.id)
        if known is None or known[0].state == "closed":
            return False
        alert = msgspec.structs.replace(event.alert, version=known[0].version + 1)
        return self._sink.put(msgspec.structs.replace(event, alert=alert), None, term)

    def _explained(self, decision: Decision, fetch: _Fetch) -> tuple[AlertEvent, AlertPoses | None]:
        """Add the joints that stand out and the clip, where the alert has a new peak."""
        event, alert = decision.event, decision.event.alert
        if decision.window is None:
            return event, None
        window = fetch(alert.camera, decision.window)
        # A window of a model that was here before may have another length than this one explains.
        if window is None or len(window.joints) != self._flow.card.frames:
            self._telemetry.count("alert_poses_lost_total")
            return event, None
        poses, joints = explain(window, self._flow.at(window.at))
        alert = with_joints(alert, joints)
        if window.trace is not None and event.type == "opened":
            self._traces.alerted(alert, window.trace)
        return msgspec.structs.replace(event, alert=alert), poses


def _failed(decided: Sequence[Decided], results: Sequence[PutResult]) -> dict[str, AlertNotWritten]:
    """Return the cameras that have to wait; raise what is about the store."""
    failed: dict[str, AlertNotWritten] = {}
    for each, result in zip(decided, results, strict=True):
        if isinstance(result, AlertNotWritten):
            failed[_camera(each)] = result
        elif isinstance(result, StoreUnavailable):
            raise result
    return failed


def _camera(each: Decided) -> str:
    return each.decision.event.alert.camera


def _parts(decided: Sequence[Decided]) -> Iterator[list[Decided]]:
    """Yield what is written in one call each: of an alert one change, so that none overtakes."""
    part: dict[str, Decided] = {}
    for each in decided:
        if each.decision.event.alert.id in part or len(part) == WRITTEN_TOGETHER:
            yield list(part.values())
            part = {}
        part[each.decision.event.alert.id] = each
    if part:
        yield list(part.values())


def _is_shown(each: Decided) -> bool:
    # The canary's are no alerts: nobody will ask what they followed from.
    return not is_hidden(each.decision.event.alert.camera)
