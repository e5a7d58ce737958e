"""The loop that decides: scores in, alert events out, for the cameras whose lease we hold."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from inference.camera_alerts import CameraAlerts
from inference.person_alert import AlertOptions, Decision
from inference.ports import FlowModel
from inference.types import AlertEvent, AlertPoses, Score
from service.alerts.explanation import explain
from service.alerts.score_drift import ScoreDrift
from service.lifecycle import backoff_delays
from service.ports import (
    NO_TRACES,
    AlertHistory,
    AlertSink,
    EpisodeStore,
    Leases,
    ScoreFeed,
    SiteStatus,
    Traces,
    WindowArchive,
)
from tracker.errors import StoreUnavailable
from tracker.ports import Telemetry
from tracker.types import FrameView
from tracker.validation import require_positive

log = logging.getLogger(__name__)

BEGINNING = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLoopOptions:
    """How the loop runs; times are wall-clock.

    Attributes:
        renew_s: leases are renewed this often, well within their life.
        wait_s: one read waits this long for scores; also how fast the loop can stop.
        rest_s: after a read it rests this long: many cameras' scores then come in few reads.
        tick_s: how often those who are gone are looked for.
        camera_gone_s: a camera without a new frame for this long has nobody left to watch.
    """

    renew_s: float = 1.0
    wait_s: float = 0.2
    rest_s: float = 0.02
    tick_s: float = 0.5
    camera_gone_s: float = 30.0

    def __post_init__(self) -> None:
        require_positive(self, "renew_s", "wait_s", "rest_s", "tick_s", "camera_gone_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLoopDependencies:
    """What the loop works with.

    Attributes:
        thresholds: bits/dimension per configured camera.
        flow: explains the windows behind alerts.
    """

    thresholds: Mapping[str, float]
    leases: Leases
    feed: ScoreFeed
    episodes: EpisodeStore
    sink: AlertSink
    history: AlertHistory
    archive: WindowArchive
    board: SiteStatus
    flow: FlowModel
    telemetry: Telemetry
    traces: Traces = NO_TRACES
    alerts: AlertOptions = field(default_factory=AlertOptions)
    options: AlertLoopOptions = field(default_factory=AlertLoopOptions)


class _Saved(msgspec.Struct, frozen=True, array_like=True):
    """What lies in the episode store.

    Attributes:
        read: entry id of the last score that the state knows.
    """

    read: str
    state: bytes


@dataclass(slots=True)
class _CameraState:
    """A camera whose lease we hold.

    Attributes:
        saved: what the episode store has.
        progress: time of the newest frame known, and when we learned of it.
        drift: of the scores since the lease came to us.
    """

    decider: CameraAlerts
    read: str
    saved: bytes | None
    progress: tuple[float | None, float]
    drift: ScoreDrift


def decide(
    parts: AlertLoopDependencies, stop: threading.Event, clock: Callable[[], float] = time.monotonic
) -> None:
    """Decide until told to stop, however often the store fails to answer; then free the leases.

    Args:
        clock: seconds that only ever grow.
    """
    rounds = AlertLoop(parts)
    waits = backoff_delays()
    while not stop.is_set():
        try:
            held = rounds.round(clock())
            stop.wait(parts.options.rest_s if held else parts.options.wait_s)
            waits = backoff_delays()
        except StoreUnavailable as err:
            wait_s = next(waits)
            parts.telemetry.count("store_errors_total", role="api")
            log.warning("store unavailable", extra={"error": str(err), "wait_s": wait_s})
            rounds.forget()
            stop.wait(wait_s)
    try:
        parts.leases.release()
    except StoreUnavailable:
        log.info("leases run out by themselves: the store does not answer")


class AlertLoop:
    """The loop's body, one round at a time.

    Events go to the sink before the state is saved. Whoever dies between the two, or loses the
    store, starts from the saved state and decides the same again; the alerts' versions make that
    harmless.
    """

    def __init__(self, parts: AlertLoopDependencies) -> None:
        self._parts = parts
        self._held: dict[str, _CameraState] = {}
        self._renew_at = self._tick_at = float("-inf")

    def forget(self) -> None:
        """Drop what is remembered of all cameras; the next round loads what was saved."""
        self._held.clear()
        self._renew_at = float("-inf")
        self._parts.telemetry.gauge("cameras_held", 0, role="api")

    def round(self, now: float) -> bool:
        """Renew leases, decide what scores are there, look who is gone; False if we hold nothing.

        Raises:
            StoreUnavailable: call `forget`, wait, and go on.
        """
        parts = self._parts
        if now >= self._renew_at:
            self._renew(now)
            self._renew_at = now + parts.options.renew_s
        if not self._held:
            return False
        after = {camera: held.read for camera, held in self._held.items()}
        found = parts.feed.read(after, parts.options.wait_s)
        begun_s = time.perf_counter()
        for camera, entries in found.items():
            self._feed(self._held[camera], entries)
            self._tell(camera, entries[-1][1])
        if found:
            decided_s = time.perf_counter() - begun_s
            parts.telemetry.observe("stage_duration_seconds", decided_s, stage="decide")
        changed = list(found)
        if now >= self._tick_at:
            self._tick(now, found)
            self._tick_at = now + parts.options.tick_s
            changed = list(self._held)
        for camera in changed:
            self._save(camera)
        return True

    def _renew(self, now: float) -> None:
        held_now = self._parts.leases.acquire_or_renew(list(self._parts.thresholds))
        for camera in self._held.keys() - held_now:
            self._drop(camera)
        for camera in held_now:
            if camera not in self._held:
                self._held[camera] = self._load(camera, now)
        self._parts.telemetry.gauge("cameras_held", len(self._held), role="api")

    def _drop(self, camera: str) -> None:
        """Another process decides about this camera from now on."""
        del self._held[camera]
        log.warning("lease lost", extra={"camera": camera})

    def _load(self, camera: str, now: float) -> _CameraState:
        parts = self._parts
        threshold = parts.thresholds[camera]
        saved = parts.episodes.load(camera)
        drift = ScoreDrift(parts.flow.card.quantiles)
        held = _CameraState(
            CameraAlerts(threshold, parts.alerts), BEGINNING, saved, (None, now), drift
        )
        if saved is None:
            return held
        try:
            known = msgspec.msgpack.decode(saved, type=_Saved)
            held.decider = CameraAlerts.from_bytes(known.state, threshold, parts.alerts)
            held.read = known.read
        except (ValueError, msgspec.MsgspecError) as err:
            # What the scores still tell is decided again, under the same ids.
            log.warning("decider starts afresh", extra={"camera": camera, "reason": str(err)})
        return held

    def _feed(self, held: _CameraState, entries: Sequence[tuple[str, Score]]) -> None:
        for entry, score in entries:
            reason = held.decider.ignores(score)
            if reason is not None:
                self._parts.telemetry.count("scores_ignored_total", reason=reason)
            elif score.nll is not None:
                held.drift.feed(score.nll)
            self._put(held, held.decider.feed(score))
            held.read = entry

    def _tell(self, camera: str, newest: Score) -> None:
        telemetry = self._parts.telemetry
        telemetry.gauge("camera_last_score_timestamp_seconds", newest.at, camera=camera)
        if (ratio := self._held[camera].drift.ratio()) is not None:
            telemetry.gauge("score_drift_ratio", ratio, camera=camera)

    def _tick(self, now: float, found: Mapping[str, Sequence[tuple[str, Score]]]) -> None:
        views = self._parts.board.views(list(self._held))
        for camera, held in self._held.items():
            view = views.get(camera)
            seen_at = None if view is None else view.at
            if seen_at != held.progress[0]:
                held.progress = (seen_at, now)
            if now - held.progress[1] >= self._parts.options.camera_gone_s:
                self._put(held, held.decider.end())
            elif view is not None:
                # More scores may wait behind those just read: time has come no further yet.
                fed_to = min([view.at, *(score.at for _, score in found.get(camera, ())[-1:])])
                self._put(held, held.decider.tick(fed_to, _present(view, held.decider.session)))

    def _put(self, held: _CameraState, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            event, poses = self._explained(held, decision)
            alert = event.alert
            if not self._parts.sink.put(event, poses) and not self._closes_anew(event):
                continue
            if event.type != "updated":
                labels = {"severity": alert.severity, "state": alert.state}
                self._parts.telemetry.count("alerts_total", 1, camera=alert.camera, **labels)
                fields = {"camera": alert.camera, "alert": alert.id}
                log.info("alert %s", event.type, extra=fields)

    def _closes_anew(self, event: AlertEvent) -> bool:
        """Close an alert of which another change was told under the same version.

        Who goes on from the saved state may find somebody gone whom the process before it, dead
        by now, saw once more. The alert would stay open for ever.
        """
        if event.type != "closed":
            return False
        known = self._parts.history.get(event.alert.id)
        if known is None or known[0].state == "closed":
            return False
        alert = msgspec.structs.replace(event.alert, version=known[0].version + 1)
        return self._parts.sink.put(msgspec.structs.replace(event, alert=alert), None)

    def _explained(
        self, held: _CameraState, decision: Decision
    ) -> tuple[AlertEvent, AlertPoses | None]:
        """Add the joints that stand out and the clip, where the alert has a new peak."""
        event, alert = decision.event, decision.event.alert
        if decision.window is None:
            return event, None
        window = self._parts.archive.fetch(alert.camera, decision.window)
        # A window of a model that was here before may have another length than this one explains.
        if window is None or len(window.joints) != self._parts.flow.card.frames:
            self._parts.telemetry.count("alert_poses_lost_total")
            return event, None
        poses, joints = explain(window, self._parts.flow)
        held.decider.name_joints(alert.id, joints)
        alert = msgspec.structs.replace(alert, joints=joints)
        if window.trace is not None and event.type == "opened":
            self._parts.traces.alerted(alert, window.trace)
        return msgspec.structs.replace(event, alert=alert), poses

    def _save(self, camera: str) -> None:
        held = self._held[camera]
        state = msgspec.msgpack.encode(_Saved(held.read, held.decider.to_bytes()))
        if state == held.saved:
            return
        if self._parts.episodes.save(camera, state):
            held.saved = state
        else:
            self._drop(camera)


def _present(view: FrameView, session: str) -> set[int]:
    """Return who the camera sees; people of another session are others."""
    return {t.person.number for t in view.tracks if t.person.session == session}
