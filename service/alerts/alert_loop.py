"""Decides alerts: scores in, alert events out, for the cameras whose lease we hold."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from inference.person_alert import Decision
from inference.run_steps import run_steps
from inference.types import Score
from service.alerts.held_camera import HeldCamera
from service.alerts.held_cameras import HeldCameras
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.alerts.publisher import AlertPublisher
from service.entry_ids import written_at
from service.lifecycle import STORE_BACKOFF
from service.ports.canary import is_hidden
from tracker.errors import StoreUnavailable
from tracker.types import FrameView

log = logging.getLogger(__name__)


def decide(
    dependencies: AlertLoopDependencies,
    stop: threading.Event,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Decide until stopped, however often the store fails to answer; then hand our cameras over.

    Args:
        clock: monotonic seconds.
    """
    loop, options = AlertLoop(dependencies), dependencies.options

    def step() -> float:
        try:
            return options.rest_s if loop.step(clock()) else options.wait_s
        except StoreUnavailable:
            loop.forget()
            raise

    run_steps(
        step,
        stop,
        role=dependencies.role,
        telemetry=dependencies.telemetry,
        backoff=STORE_BACKOFF,
        release=loop.leave,
    )


class AlertLoop:
    """The loop's body, one step at a time.

    Events are published before the state is saved. Whoever dies between the two, or loses the
    store, starts from the saved state and decides the same again; the alerts' versions make that
    harmless.
    """

    def __init__(self, dependencies: AlertLoopDependencies) -> None:
        self._dependencies = dependencies
        self._options = dependencies.options
        self._telemetry = dependencies.telemetry
        self._cameras = HeldCameras(dependencies)
        self._held = self._cameras.held
        self._rules = self._cameras.rules
        self._expire_at = float("-inf")
        self._publisher = AlertPublisher(
            sink=dependencies.sink,
            history=dependencies.history,
            archive=dependencies.archive,
            flow=dependencies.flow,
            telemetry=dependencies.telemetry,
            traces=dependencies.traces,
        )

    def forget(self) -> None:
        """Drop the state of all cameras; the next step loads what was saved."""
        self._cameras.forget()

    def leave(self) -> None:
        """Count no more, then free our cameras, so that others take them over at once.

        Raises:
            StoreUnavailable: the leases expire by themselves.
        """
        self._cameras.leave()

    def step(self, now: float) -> bool:
        """Renew leases, decide about new scores, close what is over; False if we hold no camera.

        Raises:
            StoreUnavailable: call `forget`, wait, and go on.
        """
        if self._cameras.renew(now):
            for camera in self._rules.rules.deleted.keys() & self._held.keys():
                self._end(camera, now)
        if not self._held:
            return False
        expires = now >= self._expire_at
        # Before the scores: of who is in no view, all scores are there then, however long we hang.
        views = self._dependencies.site_status.views(list(self._held)) if expires else {}
        after = {camera: state.read for camera, state in self._held.items()}
        found = self._dependencies.feed.read(after, self._options.wait_s)
        # Cues first: they say whether movement may judge the scores of the same frames.
        changed = self._read_cues() | set(found)
        self._consume_all(found)
        if expires:
            self._expire(now, views, found)
            self._expire_at = now + self._options.tick_s
            changed = set(self._held)
        for camera in changed:
            self._cameras.save(camera)
        return True

    def _end(self, camera: str, now: float) -> None:
        """Close the alerts of a deleted camera, for good."""
        state = self._held[camera]
        self._close_for_good(camera, state, now)
        self._cameras.save(camera)
        if camera in self._held:
            self._dependencies.ended(camera)
            self._cameras.end(camera)

    def _close_for_good(self, camera: str, state: HeldCamera, now: float) -> None:
        """Close everything of a camera that is not to be watched, also what no state has."""
        self._publish(state, state.journal.close_all(state.time_by(now), for_good=True))
        if not state.closed_for_good:
            self._publisher.close_left_open(camera, state.term)
            state.closed_for_good = True

    def _consume_all(self, found: Mapping[str, Sequence[tuple[str, Score]]]) -> None:
        """Decide about the scores that are there."""
        begun_s = time.perf_counter()
        for camera, entries in found.items():
            self._consume(camera, entries)
        if found:
            decided_s = time.perf_counter() - begun_s
            self._telemetry.count("scores_decided_total", sum(map(len, found.values())))
            self._telemetry.observe("stage_duration_seconds", decided_s, stage="decide")

    def _consume(self, camera: str, entries: Sequence[tuple[str, Score]]) -> None:
        state = self._held[camera]
        for entry, score in entries:
            self._rules.judge_by_its_model(state, camera, score)
            reason = "paused" if state.rules.paused else state.journal.alerts.rejection(score)
            if reason is None:
                if score.nll is not None:
                    state.drift.add(score.nll)
                if (abstained := state.journal.alerts.abstention(score)) is not None:
                    self._telemetry.count("movement_abstained_total", reason=abstained)
                decisions = state.journal.accept(score)
                self._publish(state, decisions, since=self._decided(entry))
            else:
                self._telemetry.count("scores_ignored_total", reason=reason)
            state.read = entry
        newest_at = entries[-1][1].at
        self._telemetry.gauge("camera_last_score_timestamp_seconds", newest_at, camera=camera)
        if (ratio := state.drift.ratio()) is not None:
            self._telemetry.gauge("score_drift_ratio", ratio, camera=camera)

    def _decided(self, entry: str) -> float:
        """Report how long a score lay in Redis until it was decided; return when that was."""
        now = self._dependencies.clock()
        self._telemetry.observe("stage_seconds", max(now - written_at(entry), 0.0), stage="decide")
        return now

    def _read_cues(self) -> set[str]:
        """Decide about the cues that are there; return the cameras with a change to save.

        Cues come at every frame: what they alone change is saved with the next `_expire`. Whoever
        continues from the saved state reads the later ones again.
        """
        after = {camera: state.cues_read for camera, state in self._held.items()}
        changed: set[str] = set()
        for camera, entries in self._dependencies.cues.read(after).items():
            state = self._held[camera]
            for entry, cues in entries:
                decisions = [] if state.rules.paused else state.journal.add_cues(cues)
                state.cues_read = entry
                self._publish(state, decisions)
                if decisions:
                    changed.add(camera)
        return changed

    def _expire(
        self,
        now: float,
        views: Mapping[str, FrameView],
        found: Mapping[str, Sequence[tuple[str, Score]]],
    ) -> None:
        """Close the episodes of people and cameras that are gone."""
        for camera, state in self._held.items():
            view = views.get(camera)
            state.frame_reported(None if view is None else view.at, now)
            if state.watch is not None and view is not None:
                state.watch.seen(view)
            self._count_zones(camera, state)
            if state.rules.paused:
                self._close_for_good(camera, state, now)
            elif now - state.newest_frame_since >= self._options.camera_gone_s:
                self._publish(state, state.journal.close_all(state.time_by(now)))
            elif view is not None:
                # More scores may wait behind those just read: time has come no further yet.
                up_to = min([view.at, *(score.at for _, score in found.get(camera, ())[-1:])])
                present = _present(view, state.journal.alerts.session)
                self._publish(state, state.journal.expire(up_to, present))

    def _count_zones(self, camera: str, state: HeldCamera) -> None:
        held_back, unsure = state.journal.alerts.take_zone_counts()
        if held_back:
            self._telemetry.count("alerts_outside_zones_total", held_back, camera=camera)
        if unsure:
            self._telemetry.count("alerts_unsure_total", unsure, camera=camera)

    def _publish(
        self, state: HeldCamera, decisions: Sequence[Decision], since: float | None = None
    ) -> None:
        """Publish decisions about a camera.

        Args:
            since: when they were made, if a score led to them; UTC seconds.
        """
        for decision in decisions:
            # The canary's are no alerts: nobody will ask what they followed from.
            hidden = is_hidden(decision.event.alert.camera)
            if self._dependencies.recorder is not None and not hidden:
                self._dependencies.recorder.record(decision, state.journal)
            if state.watch is not None:
                state.watch.alerted(decision.event.alert)
            joints = self._publisher.publish(decision, state.term)
            if since is not None and decision.event.type == "opened":
                took_s = max(self._dependencies.clock() - since, 0.0)
                self._telemetry.observe("stage_seconds", took_s, stage="publish")
            if joints is not None:
                state.journal.name_joints(decision.event.alert.id, joints)


def _present(view: FrameView, session: str) -> set[int]:
    """Return whom the camera sees; people of another session are others."""
    return {t.person.number for t in view.tracks if t.person.session == session}
