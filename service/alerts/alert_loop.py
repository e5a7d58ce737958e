"""Decides alerts: scores in, alert events out, for the cameras whose lease we hold."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from inference.alert_reports import Decision
from inference.run_steps import run_steps
from inference.types import Score
from service.alerts.held_camera import HeldCamera
from service.alerts.held_cameras import HeldCameras
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.alerts.publisher import AlertPublisher, Decided
from service.entry_ids import written_at
from service.lifecycle import STORE_BACKOFF
from service.ports.deciding import PartlyWritten
from tracker.errors import StoreUnavailable
from tracker.types import FrameCues, FrameView

log = logging.getLogger(__name__)

Steps: TypeAlias = Iterator[list[Decided]]


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
        self._publisher = AlertPublisher(dependencies)

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
        self._consume_all({name: found[name] for name in found if name in self._held})
        if expires:
            self._expire(now, views, found)
            self._expire_at = now + self._options.tick_s
            changed = set(self._held)
        self._cameras.save(changed & self._held.keys())
        return True

    def _end(self, camera: str, now: float) -> None:
        """Close the alerts of a deleted camera, for good."""
        state = self._held[camera]
        self._close_for_good(camera, state, now)
        self._cameras.save([camera] if camera in self._held else [])
        if camera in self._held:
            self._dependencies.ended(camera)
            self._cameras.end(camera)

    def _close_for_good(self, camera: str, state: HeldCamera, now: float) -> None:
        """Close everything of a camera that is not to be watched, also what no state has."""
        decisions = state.journal.close_all(state.time_by(now), for_good=True)
        self._put(list(_about(state, decisions)))
        if state.closed_for_good or camera not in self._held:
            return
        try:
            self._publisher.close_left_open(camera, state.term)
        except PartlyWritten as err:
            self._cameras.hold_back(camera, err)
        state.closed_for_good = True

    def _consume_all(self, found: Mapping[str, Sequence[tuple[str, Score]]]) -> None:
        """Decide about the scores that are there."""
        begun_s = time.perf_counter()
        self._publish({camera: self._consume(camera, found[camera]) for camera in found})
        if found:
            decided_s = time.perf_counter() - begun_s
            self._telemetry.count("scores_decided_total", sum(map(len, found.values())))
            self._telemetry.observe("stage_duration_seconds", decided_s, stage="decide")

    def _consume(self, camera: str, entries: Sequence[tuple[str, Score]]) -> Steps:
        """Decide about a camera's scores; yield what each of them changes."""
        state = self._held[camera]
        for entry, score in entries:
            self._rules.judge_by_its_model(state, camera, score)
            reason = "paused" if state.rules.paused else state.journal.alerts.rejection(score)
            if reason is None:
                if score.nll is not None:
                    state.drift.add(score.nll)
                if (abstained := state.journal.alerts.abstention(score)) is not None:
                    self._telemetry.count("movement_abstained_total", reason=abstained)
                decisions, now = state.journal.accept(score), self._decided(entry)
                yield [Decided(state, decision, now) for decision in decisions]
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

        def consume(camera: str, entries: Sequence[tuple[str, FrameCues]]) -> Steps:
            state = self._held[camera]
            for entry, cues in entries:
                decisions = [] if state.rules.paused else state.journal.add_cues(cues)
                state.cues_read = entry
                if decisions:
                    changed.add(camera)
                yield list(_about(state, decisions))

        found = self._dependencies.cues.read(after)
        self._publish({camera: consume(camera, entries) for camera, entries in found.items()})
        return changed

    def _expire(
        self,
        now: float,
        views: Mapping[str, FrameView],
        found: Mapping[str, Sequence[tuple[str, Score]]],
    ) -> None:
        """Close the episodes of people and cameras that are gone."""
        decided: list[Decided] = []
        for camera, state in list(self._held.items()):
            view = views.get(camera)
            state.frame_reported(None if view is None else view.at, now)
            if state.watch is not None and view is not None:
                state.watch.seen(view)
            self._count_zones(camera, state)
            if state.rules.paused:
                self._close_for_good(camera, state, now)
            elif now - state.newest_frame_since >= self._options.camera_gone_s:
                decided += _about(state, state.journal.close_all(state.time_by(now)))
            elif view is not None:
                # More scores may wait behind those just read: time has come no further yet.
                up_to = min([view.at, *(score.at for _, score in found.get(camera, ())[-1:])])
                present = _present(view, state.journal.alerts.session)
                decided += _about(state, state.journal.expire(up_to, present))
        self._put(decided)

    def _count_zones(self, camera: str, state: HeldCamera) -> None:
        held_back, unsure = state.journal.alerts.take_zone_counts()
        if held_back:
            self._telemetry.count("alerts_outside_zones_total", held_back, camera=camera)
        if unsure:
            self._telemetry.count("alerts_unsure_total", unsure, camera=camera)

    def _publish(self, cameras: Mapping[str, Steps]) -> None:
        """Publish what cameras' steps lead to, those of different cameras together.

        After a step that led to something a camera's next one waits until that is published: the
        joints that stand out are named first.
        """
        going = dict(cameras)
        while going:
            made = {camera: _next_decided(steps) for camera, steps in going.items()}
            self._put([each for decided in made.values() for each in decided])
            going = {name: going[name] for name in going if made[name] and name in self._held}

    def _put(self, decided: Sequence[Decided]) -> None:
        """Publish; hold back only the cameras of which an alert cannot be written."""
        for camera, error in self._publisher.publish(decided).items():
            self._cameras.hold_back(camera, error)


def _next_decided(steps: Steps) -> list[Decided]:
    """Go on until a step leads to something; return that, or nothing after the last one."""
    return next((decided for decided in steps if decided), [])


def _about(state: HeldCamera, decisions: Iterable[Decision]) -> Iterator[Decided]:
    return (Decided(state, decision) for decision in decisions)


def _present(view: FrameView, session: str) -> set[int]:
    """Return whom the camera sees; people of another session are others."""
    return {t.person.number for t in view.tracks if t.person.session == session}
