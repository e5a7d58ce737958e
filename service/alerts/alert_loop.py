"""Decides alerts: scores in, alert events out, for the cameras whose lease we hold."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from inference.calibration.blocks import Block, RunningBlock
from inference.person_alert import AlertOptions, Decision
from inference.ports import FlowModel
from inference.replay.journal import JournaledAlerts
from inference.replay.record import Rules
from inference.run_steps import run_steps
from inference.types import Kind, Score
from inference.usual_score import CardScore, UsualScore, carried_over
from service.alerts.camera_rules import CameraRules, SiteRules
from service.alerts.decision_recorder import DecisionRecorder
from service.alerts.publisher import AlertPublisher
from service.alerts.score_drift import ScoreDrift
from service.archive.stretch_queue import CameraWatch
from service.canary_ports import is_hidden
from service.lifecycle import STORE_BACKOFF
from service.ports import (
    NO_TRACES,
    AlertHistory,
    AlertSink,
    CueFeed,
    EpisodeStore,
    Leases,
    ScoreFeed,
    SiteStatus,
    SiteTelemetry,
    Traces,
    WindowArchive,
)
from tracker.errors import StoreUnavailable
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
        tick_s: how often people and cameras that are gone are looked for.
        camera_gone_s: a camera without a new frame for this long is gone.
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
        rules: by which the cameras' alerts are decided now; asked every second.
        ended: called once all alerts of a deleted camera are closed.
        flow: explains the windows behind alerts.
        armed: whether a camera's kind may open an alert at a capture time.
        recorder: writes down what each decision followed from; None: nothing is written.
        watch: returns what watches a camera's rules; None: nobody does.
        keep_blocks: stores what a camera's rules, of this recipe, saw in blocks that are over.
    """

    rules: Callable[[], SiteRules]
    ended: Callable[[str], None]
    leases: Leases
    feed: ScoreFeed
    cues: CueFeed
    episodes: EpisodeStore
    sink: AlertSink
    history: AlertHistory
    archive: WindowArchive
    site_status: SiteStatus
    flow: FlowModel
    telemetry: SiteTelemetry
    traces: Traces = NO_TRACES
    alerts: AlertOptions = field(default_factory=AlertOptions)
    armed: Callable[[str, Kind, float], bool] = lambda _camera, _kind, _at: True
    keep_blocks: Callable[[str, str, Sequence[Block]], None] = lambda *_: None
    recorder: DecisionRecorder | None = None
    watch: Callable[[str], CameraWatch] | None = None
    options: AlertLoopOptions = field(default_factory=AlertLoopOptions)


class _Saved(msgspec.Struct, frozen=True, array_like=True):
    """One camera's entry in the episode store.

    Attributes:
        read: entry id of the last score in the state.
        cues_read: the same of its cues; version 0.3 wrote none.
    """

    read: str
    state: bytes
    cues_read: str = BEGINNING


def read_usual_scores(saved: bytes | None) -> UsualScore | None:
    """Return a camera's ordinary scores from its entry in the episode store; None if it has none.

    Args:
        saved: the entry, of whatever version.
    """
    if saved is None:
        return None
    try:
        state = msgspec.msgpack.decode(saved, type=_Saved).state
        return msgspec.msgpack.decode(state, type=_UsualAlone).usual_score
    except msgspec.MsgspecError:
        return None


def read_running_block(saved: bytes | None) -> Block | None:
    """Return a camera's block that goes on, from its entry in the episode store; None without."""
    if saved is None:
        return None
    try:
        state = msgspec.msgpack.decode(saved, type=_Saved).state
        running = msgspec.msgpack.decode(state, type=_BlocksAlone).blocks
    except msgspec.MsgspecError:
        return None
    return None if running is None or running.number < 0 else running.now()


class _BlocksAlone(msgspec.Struct):
    blocks: RunningBlock | None = None


class _UsualAlone(msgspec.Struct):
    usual_score: UsualScore | None = None


@dataclass(slots=True)
class _CameraState:
    """A camera whose lease we hold.

    Attributes:
        rules: by which its alerts are decided.
        read, cues_read: entry ids of the last score and of the last cues added.
        saved: what the episode store has.
        newest_frame_at: capture time of the newest frame known.
        newest_frame_since: when we learned of it.
        drift: of the scores since we took the lease.
        watch: sees what the rules see.
        closed_for_good: nobody watches it, and nothing of it is open any more.
        foreign_model: scores by it came, though nobody knows its rules.
    """

    rules: CameraRules
    journal: JournaledAlerts
    read: str
    cues_read: str
    saved: bytes | None
    newest_frame_since: float
    drift: ScoreDrift
    watch: CameraWatch | None = None
    newest_frame_at: float | None = None
    closed_for_good: bool = False
    foreign_model: str = ""

    def saved_with(self, state: bytes) -> bytes:
        """Return what a successor continues from; `state` is that of the alerts."""
        return msgspec.msgpack.encode(_Saved(self.read, state, self.cues_read))

    def time_by(self, now: float) -> float | None:
        """Return the capture time by now; None before the first frame."""
        since_s = now - self.newest_frame_since
        return None if self.newest_frame_at is None else self.newest_frame_at + since_s

    def frame_reported(self, at: float | None, now: float) -> None:
        """Record the camera's newest frame."""
        if at != self.newest_frame_at:
            self.newest_frame_at, self.newest_frame_since = at, now


def decide(
    dependencies: AlertLoopDependencies,
    stop: threading.Event,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Decide until stopped, however often the store fails to answer; then free the leases.

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
        role="api",
        telemetry=dependencies.telemetry,
        backoff=STORE_BACKOFF,
        release=dependencies.leases.release,
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
        self._held: dict[str, _CameraState] = {}
        self._rules = SiteRules({})
        self._renew_at = self._expire_at = float("-inf")
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
        self._held.clear()
        self._renew_at = float("-inf")
        self._telemetry.gauge("cameras_held", 0, role="api")

    def step(self, now: float) -> bool:
        """Renew leases, decide about new scores, close what is over; False if we hold no camera.

        Raises:
            StoreUnavailable: call `forget`, wait, and go on.
        """
        self._renew(now)
        if not self._held:
            return False
        after = {camera: state.read for camera, state in self._held.items()}
        found = self._dependencies.feed.read(after, self._options.wait_s)
        # Cues first: they say whether movement may judge the scores of the same frames.
        changed = self._read_cues() | set(found)
        self._consume_all(found)
        if now >= self._expire_at:
            self._expire(now, found)
            self._expire_at = now + self._options.tick_s
            changed = set(self._held)
        for camera in changed:
            self._save(camera)
        return True

    def _renew(self, now: float) -> None:
        if now < self._renew_at:
            return
        self._rules = site = self._dependencies.rules()
        rules = {**site.deleted, **site.cameras}
        held_now = self._dependencies.leases.acquire_or_renew(list(rules))
        for camera in self._held.keys() - held_now:
            self._release(camera)
        for camera in held_now:
            if camera not in self._held:
                self._held[camera] = self._load(camera, rules[camera], now)
            else:
                self._follow(self._held[camera], camera, rules[camera])
        for camera in site.deleted.keys() & self._held.keys():
            self._end(camera, now)
        held = sum(not is_hidden(camera) for camera in self._held)
        self._telemetry.gauge("cameras_held", held, role="api")
        self._renew_at = now + self._options.renew_s

    def _follow(self, state: _CameraState, camera: str, rules: CameraRules) -> None:
        """Take what changed of a camera's rules; those of the model whose scores come last."""
        rules = self._rules.of(state.rules.model, camera) or rules
        if state.rules != rules:
            self._change(state, rules)

    def _change(self, state: _CameraState, rules: CameraRules) -> None:
        """Decide by other rules from now on; what is open stays open."""
        before = state.rules
        if before.model in ("", rules.model):
            state.journal.follow(self._all_rules(rules))
        else:
            self._change_model(state, rules, before.scale)
        state.rules, state.closed_for_good = rules, False

    def _change_model(
        self, state: _CameraState, rules: CameraRules, before: CardScore | None
    ) -> None:
        scale = partial(carried_over, before=before, after=rules.scale)
        state.journal.change_model(self._all_rules(rules), rules.model, scale, rules.usual)
        state.drift = ScoreDrift(self._dependencies.flow.card.quantiles)

    def _of_model(self, state: _CameraState, camera: str, score: Score) -> None:
        """Judge a score by the rules of the model that made it: a promotion divides windows."""
        if not state.rules.model or score.model in (state.rules.model, state.foreign_model):
            return
        rules = self._rules.of(score.model, camera)
        if rules is None:
            self._dependencies.flow.at(score.at)  # loads it where this process was late
            self._rules = self._dependencies.rules()
            rules = self._rules.of(score.model, camera)
        if rules is None:
            state.foreign_model = score.model  # a worker was given another file
            log.error("scores of a model that is not in force", extra={"model": score.model})
        else:
            self._change(state, rules)

    def _end(self, camera: str, now: float) -> None:
        """Close the alerts of a deleted camera, for good."""
        state = self._held[camera]
        self._close_for_good(camera, state, now)
        self._save(camera)
        if camera in self._held:
            del self._held[camera]
            self._dependencies.ended(camera)
            self._dependencies.leases.release([camera])

    def _close_for_good(self, camera: str, state: _CameraState, now: float) -> None:
        """Close everything of a camera that is not to be watched, also what no state has."""
        self._publish(state, state.journal.close_all(state.time_by(now), for_good=True))
        if not state.closed_for_good:
            self._publisher.close_left_open(camera)
            state.closed_for_good = True

    def _release(self, camera: str) -> None:
        """Drop the state of a camera that another process decides about from now on."""
        del self._held[camera]
        log.warning("lease lost", extra={"camera": camera})

    def _load(self, camera: str, rules: CameraRules, now: float) -> _CameraState:
        dependencies = self._dependencies
        begin = partial(
            JournaledAlerts, self._all_rules(rules), armed=partial(dependencies.armed, camera)
        )
        journal = begin(state=None)
        read = cues_read = BEGINNING
        saved = dependencies.episodes.load(camera)
        if saved is not None:
            try:
                known = msgspec.msgpack.decode(saved, type=_Saved)
                journal = begin(state=known.state)
                read, cues_read = known.read, known.cues_read
            except (ValueError, msgspec.MsgspecError) as err:
                # The scores that are still there are decided again, under the same ids.
                log.warning("alert state lost", extra={"camera": camera, "reason": str(err)})
        drift = ScoreDrift(dependencies.flow.card.quantiles)
        watch = None
        if dependencies.watch is not None and not is_hidden(camera):
            watch = dependencies.watch(camera)
        if watch is not None:
            journal.alerts.observe(watch)
        state = _CameraState(rules, journal, read, cues_read, saved, now, drift, watch)
        scored_by = journal.alerts.model
        if scored_by and rules.model and scored_by != rules.model:
            self._go_on_by(state, camera, scored_by)
        return state

    def _go_on_by(self, state: _CameraState, camera: str, model: str) -> None:
        """Go on from a state that another model's scores made."""
        known = self._rules.of(model, camera)
        if known is None:
            self._change_model(state, state.rules, None)
        else:
            state.journal.follow(self._all_rules(known))
            state.rules = known

    def _all_rules(self, rules: CameraRules) -> Rules:
        return Rules(
            threshold=rules.threshold,
            options=self._dependencies.alerts,
            kinds=rules.kinds,
            ordinary=rules.ordinary,
            zones=rules.zones,
            thresholds=rules.thresholds,
            snapshot=rules.snapshot,
        )

    def _consume_all(self, found: Mapping[str, Sequence[tuple[str, Score]]]) -> None:
        """Decide about the scores that are there."""
        begun_s = time.perf_counter()
        for camera, entries in found.items():
            self._consume(camera, entries)
        if found:
            decided_s = time.perf_counter() - begun_s
            self._telemetry.observe("stage_duration_seconds", decided_s, stage="decide")

    def _consume(self, camera: str, entries: Sequence[tuple[str, Score]]) -> None:
        state = self._held[camera]
        for entry, score in entries:
            self._of_model(state, camera, score)
            reason = "paused" if state.rules.paused else state.journal.alerts.rejection(score)
            if reason is None:
                if score.nll is not None:
                    state.drift.add(score.nll)
                if (abstained := state.journal.alerts.abstention(score)) is not None:
                    self._telemetry.count("movement_abstained_total", reason=abstained)
                self._publish(state, state.journal.accept(score))
            else:
                self._telemetry.count("scores_ignored_total", reason=reason)
            state.read = entry
        newest_at = entries[-1][1].at
        self._telemetry.gauge("camera_last_score_timestamp_seconds", newest_at, camera=camera)
        if (ratio := state.drift.ratio()) is not None:
            self._telemetry.gauge("score_drift_ratio", ratio, camera=camera)

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

    def _expire(self, now: float, found: Mapping[str, Sequence[tuple[str, Score]]]) -> None:
        """Close the episodes of people and cameras that are gone."""
        views = self._dependencies.site_status.views(list(self._held))
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

    def _count_zones(self, camera: str, state: _CameraState) -> None:
        held_back, unsure = state.journal.alerts.take_zone_counts()
        if held_back:
            self._telemetry.count("alerts_outside_zones_total", held_back, camera=camera)
        if unsure:
            self._telemetry.count("alerts_unsure_total", unsure, camera=camera)

    def _publish(self, state: _CameraState, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            # The canary's are no alerts: nobody will ask what they followed from.
            hidden = is_hidden(decision.event.alert.camera)
            if self._dependencies.recorder is not None and not hidden:
                self._dependencies.recorder.record(decision, state.journal)
            if state.watch is not None:
                state.watch.alerted(decision.event.alert)
            joints = self._publisher.publish(decision)
            if joints is not None:
                state.journal.name_joints(decision.event.alert.id, joints)

    def _save(self, camera: str) -> None:
        state = self._held[camera]
        alerts = state.journal.alerts.to_bytes()
        data = state.saved_with(alerts)
        if data == state.saved:
            state.journal.saved(alerts)
        elif self._dependencies.episodes.save(camera, data):
            state.saved = data
            state.journal.saved(alerts)
            self._keep_blocks(camera, state)
        else:
            self._release(camera)

    def _keep_blocks(self, camera: str, state: _CameraState) -> None:
        """Store the blocks that are over, once they are saved: who continues stores the same."""
        blocks = state.journal.alerts.blocks
        if blocks.dropped:
            self._telemetry.count("calibration_blocks_dropped_total", blocks.dropped, camera=camera)
            blocks.dropped = 0
        if blocks.done:
            self._dependencies.keep_blocks(camera, state.rules.recipe, blocks.done)
            blocks.stored(blocks.done[-1].number)


def _present(view: FrameView, session: str) -> set[int]:
    """Return whom the camera sees; people of another session are others."""
    return {t.person.number for t in view.tracks if t.person.session == session}
