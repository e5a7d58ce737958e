"""Decides what a shadow's alerts would be, beside the live ones; nobody is told of them.

One process of the site does so, by lease, in a thread of its own. The same rules see the same cues
and the shadow's scores: so they count the blocks that its calibration is made of.
"""

import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.calibration.blocks import Block, RunningBlock
from inference.camera_alerts import CameraAlerts
from inference.replay.journal import alerts_by
from inference.replay.record import Rules
from inference.types import Kind
from inference.usual_score import UsualScore
from service.alerts.camera_rules import CameraRules
from service.alerts.saved_state import BEGINNING, SavedTrial
from service.operations.agreement import Agreement
from service.ports.deciding import CueFeed
from service.ports.leases import Leases
from service.ports.shadow import ShadowReport, ShadowScore, ShadowScores, ShadowStates
from service.ports.status import SiteStatus
from service.ports.telemetry import SiteTelemetry
from tracker.types import FrameCues

log = logging.getLogger(__name__)
LEASE = "shadow"
IDLE_S, REST_S = 1.0, 0.1
TICK_S, KEEP_EVERY_S = 0.5, 10.0


@dataclass(frozen=True, slots=True)
class Shadow:
    """The model on trial, as this process knows it now.

    Attributes:
        sha256: of its file.
        weights: hash of its weights.
        since: when it became the shadow, UTC seconds.
        rules: by camera.
    """

    sha256: str
    weights: str
    since: float
    rules: Mapping[str, CameraRules]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowLoopDependencies:
    """What the loop works with.

    Attributes:
        shadow: the model on trial; None while there is none, or it is not loaded.
        live_rules: by which the live model's alerts are decided.
        live_usual: a camera's ordinary scores by the live model.
        lease: one process of the site decides.
        prepare: keeps what a camera begins with when the shadow is promoted.
        keep_blocks: stores what a camera's rules, of this recipe, saw.
        clock: UTC seconds.
    """

    shadow: Callable[[], Shadow | None]
    live_rules: Callable[[], Mapping[str, CameraRules]]
    live_usual: Callable[[str], UsualScore | None]
    lease: Leases
    scores: ShadowScores
    cues: CueFeed
    states: ShadowStates
    site_status: SiteStatus
    prepare: Callable[[str, UsualScore], None]
    keep_blocks: Callable[[str, str, Sequence[Block]], None]
    telemetry: SiteTelemetry
    clock: Callable[[], float]
    alerts: AlertOptions = field(default_factory=AlertOptions)
    armed: Callable[[str, Kind, float], bool] = lambda _camera, _kind, _at: True


@dataclass(slots=True)
class _Trial:
    """One camera's rules on the shadow's scores."""

    rules: CameraRules
    alerts: CameraAlerts
    read: str = BEGINNING
    cues_read: str = BEGINNING


class ShadowLoop:
    """The loop's body, one step at a time."""

    def __init__(self, dependencies: ShadowLoopDependencies, rng: random.Random) -> None:
        self._dependencies = dependencies
        self._rng = rng
        self._of, self._since = "", 0.0
        self._trials: dict[str, _Trial] = {}
        self._agreement = Agreement(rng)
        self._opened: Counter[Kind] = Counter()
        self._ticked_at = self._kept_at = float("-inf")

    def step(self) -> float:
        """Decide about what is there; return for how many seconds to rest.

        Raises:
            StoreUnavailable: Redis did not answer; what was read comes again.
        """
        dependencies = self._dependencies
        shadow = dependencies.shadow()
        if shadow is None or not dependencies.lease.acquire_or_renew([LEASE]):
            if self._trials:
                self._forget()
            self._report_metrics(None)
            return IDLE_S
        if shadow.sha256 != self._of:
            self._forget()
            self._of, self._since = shadow.sha256, dependencies.clock()
        self._follow(shadow)
        found = self._read(shadow)
        now = dependencies.clock()
        if not 0 <= now - self._ticked_at < TICK_S:
            self._expire(found)
            self._ticked_at = now
        if not 0 <= now - self._kept_at < KEEP_EVERY_S:
            self._keep(shadow, now)
            self._kept_at = now
        return REST_S

    def _forget(self) -> None:
        self._of, self._since = "", 0.0
        self._trials = {}
        self._agreement = Agreement(self._rng)
        self._opened = Counter()
        self._ticked_at = self._kept_at = float("-inf")

    def _follow(self, shadow: Shadow) -> None:
        """Take the cameras and rules as they are now."""
        gone = self._trials.keys() - shadow.rules.keys()
        for camera in gone:
            del self._trials[camera]
        for camera, rules in shadow.rules.items():
            trial = self._trials.get(camera)
            if trial is None:
                self._trials[camera] = self._begin(camera, shadow.weights, rules)
            elif trial.rules != rules:
                state = trial.alerts.to_bytes()
                trial.alerts, trial.rules = self._by(camera, rules, state), rules

    def _begin(self, camera: str, weights: str, rules: CameraRules) -> _Trial:
        saved = self._dependencies.states.load(camera)
        if saved is not None:
            try:
                known = msgspec.msgpack.decode(saved, type=SavedTrial)
                if known.weights == weights:
                    alerts = self._by(camera, rules, known.alerts)
                    return _Trial(rules, alerts, known.read, known.cues_read)
            except (ValueError, msgspec.MsgspecError) as err:
                log.warning("shadow's state lost", extra={"camera": camera, "reason": str(err)})
        return _Trial(rules, self._by(camera, rules, None))

    def _by(self, camera: str, rules: CameraRules, state: bytes | None) -> CameraAlerts:
        by = Rules(
            threshold=rules.threshold,
            options=self._dependencies.alerts,
            kinds=rules.kinds,
            ordinary=rules.ordinary,
            zones=rules.zones,
            thresholds=rules.thresholds,
            snapshot=rules.snapshot,
        )
        return alerts_by(by, state, lambda kind, at: self._dependencies.armed(camera, kind, at))

    def _read(self, shadow: Shadow) -> Mapping[str, Sequence[tuple[str, ShadowScore]]]:
        """Decide about new cues and scores; return the scores."""
        trials = self._trials
        cues = self._dependencies.cues.read({name: each.cues_read for name, each in trials.items()})
        for camera, frames in cues.items():
            self._add_cues(trials[camera], frames)
        found = self._dependencies.scores.read({name: each.read for name, each in trials.items()})
        live = self._dependencies.live_rules()
        for camera, entries in found.items():
            usual = self._dependencies.live_usual(camera)
            for entry, each in entries:
                trials[camera].read = entry
                if each.score.model == shadow.weights and not trials[camera].rules.paused:
                    self._compare(each, trials[camera], live.get(camera), usual)
                    self._count(trials[camera].alerts.add(each.score))
        return found

    def _add_cues(self, trial: _Trial, frames: Sequence[tuple[str, FrameCues]]) -> None:
        for entry, cues in frames:
            trial.cues_read = entry
            if not trial.rules.paused:
                self._count(trial.alerts.add_cues(cues))

    def _compare(
        self, each: ShadowScore, trial: _Trial, live: CameraRules | None, usual: UsualScore | None
    ) -> None:
        if live is None or each.live is None or each.score.nll is None:
            return
        own = trial.alerts.usual_score
        self._agreement.add(
            _judged(each.live, live, usual),
            _judged(each.score.nll, trial.rules, own),
            live.thresholds.get("movement", live.threshold),
            trial.rules.thresholds.get("movement", trial.rules.threshold),
        )

    def _count(self, decisions: Sequence[Decision]) -> None:
        opened = [each.event.alert.kind for each in decisions if each.event.type == "opened"]
        self._opened.update(opened)

    def _expire(self, found: Mapping[str, Sequence[tuple[str, ShadowScore]]]) -> None:
        views = self._dependencies.site_status.views(list(self._trials))
        for camera, trial in self._trials.items():
            view = views.get(camera)
            if view is None or trial.rules.paused:
                continue
            newest = [each.score.at for _, each in found.get(camera, ())[-1:]]
            present = {
                track.person.number
                for track in view.tracks
                if track.person.session == trial.alerts.session
            }
            self._count(trial.alerts.expire(min([view.at, *newest]), present))

    def _keep(self, shadow: Shadow, now: float) -> None:
        dependencies = self._dependencies
        running: dict[str, Block] = {}
        for camera, trial in self._trials.items():
            blocks: RunningBlock = trial.alerts.blocks
            if blocks.done:
                dependencies.keep_blocks(camera, trial.rules.recipe, blocks.done)
                blocks.stored(blocks.done[-1].number)
            if blocks.number >= 0:
                running[camera] = blocks.now()
            dependencies.prepare(camera, trial.alerts.usual_score)
            state = SavedTrial(shadow.weights, trial.alerts.to_bytes(), trial.read, trial.cues_read)
            dependencies.states.save(camera, msgspec.msgpack.encode(state))
        windows, cpu_s = dependencies.scores.cost()
        report = ShadowReport(
            sha256=shadow.sha256,
            weights=shadow.weights,
            since=shadow.since,
            compared_since=self._since,
            at=now,
            windows=windows,
            compared=self._agreement.windows,
            rank_correlation=self._agreement.rank_correlation(),
            same_side=self._agreement.same_side,
            only_live=self._agreement.only_live,
            only_shadow=self._agreement.only_shadow,
            cpu_ms_per_window=1000 * cpu_s / windows if windows else None,
            opened=dict(self._opened),
            running=running,
        )
        dependencies.states.put_report(report)
        self._report_metrics(report)

    def _report_metrics(self, report: ShadowReport | None) -> None:
        gauge = self._dependencies.telemetry.gauge
        rank = None if report is None else report.rank_correlation
        same = None if report is None else report.same_side
        gauge("shadow_rank_correlation", rank or 0.0)
        gauge("shadow_same_side_ratio", same or 0.0)


def _judged(nll: float, rules: CameraRules, usual: UsualScore | None) -> float:
    """Return the score as the camera's rules compare it with the threshold."""
    if rules.ordinary is None:
        return nll
    return (usual or UsualScore()).on_card_scale(nll, rules.ordinary.card)
