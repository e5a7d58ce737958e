"""Begins to decide about a camera, and keeps up with its rules and its models."""

import logging
from functools import partial

import msgspec

from inference.replay.journal import JournaledAlerts
from inference.replay.record import Rules
from inference.types import Score
from inference.usual_score import CardScore, carried_over
from service.alerts.camera_rules import CameraRules, SiteRules
from service.alerts.held_camera import HeldCamera
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.alerts.saved_state import BEGINNING, SavedState
from service.alerts.score_drift import ScoreDrift
from service.ports.canary import is_hidden

log = logging.getLogger(__name__)


class RuleFollower:
    """Lets each camera's alerts be decided by the rules in force, and those of a score's model.

    Attributes:
        rules: of the site, as they were last read.
    """

    def __init__(self, dependencies: AlertLoopDependencies) -> None:
        self._dependencies = dependencies
        self.rules = SiteRules({})

    def read(self) -> SiteRules:
        """Read the rules in force now."""
        self.rules = self._dependencies.rules()
        return self.rules

    def load(self, camera: str, rules: CameraRules, term: int, now: float) -> HeldCamera:
        """Return a camera whose lease we took, and whose term began, as it was saved last."""
        dependencies = self._dependencies
        begin = partial(
            JournaledAlerts, self._all_rules(rules), armed=partial(dependencies.armed, camera)
        )
        journal = begin(state=None)
        read = cues_read = BEGINNING
        saved = dependencies.episodes.load(camera)
        if saved is not None:
            try:
                known = msgspec.msgpack.decode(saved, type=SavedState)
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
        state = HeldCamera(rules, term, journal, read, cues_read, saved, now, drift, watch)
        scored_by = journal.alerts.model
        if scored_by and rules.model and scored_by != rules.model:
            self._go_on_by(state, camera, scored_by)
        return state

    def _go_on_by(self, state: HeldCamera, camera: str, model: str) -> None:
        """Go on from a state that another model's scores made."""
        known = self.rules.of(model, camera)
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

    def follow(self, state: HeldCamera, camera: str, rules: CameraRules) -> None:
        """Take what changed of a camera's rules; those of the model whose scores come last."""
        rules = self.rules.of(state.rules.model, camera) or rules
        if state.rules != rules:
            self._change(state, rules)

    def _change(self, state: HeldCamera, rules: CameraRules) -> None:
        """Decide by other rules from now on; what is open stays open."""
        before = state.rules
        if before.model in ("", rules.model):
            state.journal.follow(self._all_rules(rules))
        else:
            self._change_model(state, rules, before.scale)
        state.rules, state.closed_for_good = rules, False

    def _change_model(
        self, state: HeldCamera, rules: CameraRules, before: CardScore | None
    ) -> None:
        scale = partial(carried_over, before=before, after=rules.scale)
        state.journal.change_model(self._all_rules(rules), rules.model, scale, rules.usual)
        state.drift = ScoreDrift(self._dependencies.flow.card.quantiles)

    def judge_by_its_model(self, state: HeldCamera, camera: str, score: Score) -> None:
        """Judge a score by the rules of the model that made it: a promotion divides windows."""
        if not state.rules.model or score.model in (state.rules.model, state.foreign_model):
            return
        rules = self.rules.of(score.model, camera)
        if rules is None:
            self._dependencies.flow.at(score.at)  # loads it where this process was late
            self.read()
            rules = self.rules.of(score.model, camera)
        if rules is None:
            state.foreign_model = score.model  # a worker was given another file
            log.error("scores of a model that is not in force", extra={"model": score.model})
        else:
            self._change(state, rules)
