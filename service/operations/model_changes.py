"""Registers flow models, tries them as shadows, makes them the live one, and goes back."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inference.card import ModelCard
from inference.model_schedule import LEAD_S, OWN, ModelSchedule
from service.operations.model_check import checked_card
from service.ports.models import (
    ModelRegistry,
    RegisteredModel,
    ScheduleChanged,
    require_size,
    sha256_of,
)
from service.ports.telemetry import SiteTelemetry
from service.sentences import events
from service.sentences import models as said
from service.system_events import SystemEvents
from service.types import WorkerStatus
from tracker.errors import WardenError
from tracker.wording import joined

log = logging.getLogger(__name__)
# How long workers may take to load a model; they are looked at so often.
LOAD_WITHIN_S, LOOK_EVERY_S = 20.0, 0.2
TRIES = 5
LEAST_DIGITS = 6


class ChangeRefused(WardenError):
    """The change would do harm, or is not possible; the text says why and what to do."""


class UnknownModel(ChangeRefused):
    """The registry has no such model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChangesDependencies:
    """What models are changed with.

    Attributes:
        own: card of the model of the site's own file; cameras cut their windows by it.
        workers: those that are alive.
        prepare: makes ready what each camera begins with under a model's card; returns why budgets
            would not be kept from the first minute, a sentence a camera.
        begin_shadow: forgets what the shadow before has shown.
        sleep: waits for so many seconds.
        monotonic: seconds.
    """

    registry: ModelRegistry
    own: ModelCard
    workers: Callable[[], Sequence[WorkerStatus]]
    prepare: Callable[[ModelCard], Sequence[str]]
    begin_shadow: Callable[[], None]
    events: SystemEvents
    telemetry: SiteTelemetry
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


class ModelChanges:
    """Every change is one step that happens as a whole or not at all, whoever dies meanwhile."""

    def __init__(self, dependencies: ModelChangesDependencies) -> None:
        self._dependencies = dependencies
        self._registry = dependencies.registry

    @property
    def own(self) -> ModelCard:
        """Card of the model of the site's own file."""
        return self._dependencies.own

    def register(self, file: bytes, author: str) -> RegisteredModel:
        """Keep a model file for every process of the site; return what is known of it.

        Raises:
            ModelMismatch: it is no model that this version can serve; no other file is kept.
            RegistryFull: there is no room.
            StoreUnavailable: Redis did not answer.
        """
        require_size(file)
        name = sha256_of(file)
        card = checked_card(file, name)
        model = RegisteredModel(
            sha256=name,
            card=card,
            file_bytes=len(file),
            at=self._registry.now(),
            author=author,
        )
        self._registry.register(model, file)
        return self._registry.models().get(name, model)

    def remove(self, name: str) -> RegisteredModel:
        """Forget a model that neither scores nor is the one to go back to.

        Raises:
            ChangeRefused: it is in use, or there is no such model.
            StoreUnavailable: Redis did not answer.
        """
        model, schedule = self.find(name), self._registry.schedule()
        used = {schedule.live, schedule.shadow, schedule.staged, *schedule.previous[:1]}
        if model.sha256 in used:
            raise ChangeRefused(said.MODEL_NEEDED(model=model.card.name, sha256=model.sha256[:12]))
        self._registry.remove(model.sha256)
        return model

    def find(self, name: str) -> RegisteredModel:
        """Return a model by the beginning of its SHA-256.

        Raises:
            UnknownModel: there is none, or more than one.
            StoreUnavailable: Redis did not answer.
        """
        models = self._registry.models()
        found = [each for each in models.values() if each.sha256.startswith(name.lower())]
        if len(found) != 1 or len(name) < LEAST_DIGITS:
            known = sorted(each[:12] for each in models)
            raise UnknownModel(said.NO_SUCH_MODEL(name=name, models=known))
        return found[0]

    def shadow(self, name: str | None) -> RegisteredModel | None:
        """Let a model score beside the live one; None ends the trial.

        Raises:
            ChangeRefused: it does not fit the site, scores already, or is not registered.
            StoreUnavailable: Redis did not answer.
        """
        model = None if name is None else self.find(name)
        if model is not None:
            self._require_fit(model, self._registry.schedule())
        wanted = None if model is None else model.sha256
        if self._registry.schedule().shadow != wanted:
            self._dependencies.begin_shadow()
            self._change(lambda schedule: schedule.with_shadow(wanted, self._registry.now()))
        return model

    def promote(self, name: str, *, without_calibration: bool = False) -> ModelSchedule:
        """Let a model score from a moment on, in every worker; return the schedule that says so.

        Raises:
            ChangeRefused: it does not fit, a budget would not be kept, or no worker can load it.
            StoreUnavailable: Redis did not answer; `models list` says whether it happened.
        """
        try:
            model = self.find(name)
            live = self._registry.schedule()
            self._require_fit(model, live)
            self._prepare(model.card, without_calibration=without_calibration)
            self._have_loaded(model.sha256)
            schedule = self._switch(
                lambda known, since: _instead_of(live, known).promoted(model.sha256, since)
            )
        except ChangeRefused as err:
            self._failed(f"the promotion was refused: {err}")
            raise
        self._registry.note_promoted(model.sha256, schedule.since)
        self._done("promoted", model.card.name)
        return schedule

    def roll_back(self) -> ModelSchedule:
        """Let the model before the live one score again; return the schedule that says so.

        Raises:
            ChangeRefused: there is none, or no worker can load it.
            StoreUnavailable: Redis did not answer; `models list` says whether it happened.
        """
        try:
            schedule = self._registry.schedule()
            target = self._target(schedule)
            self._prepare(self._card(target), without_calibration=True)
            self._have_loaded(target)
            schedule = self._switch(lambda known, since: _back_to(known, target, since))
        except ChangeRefused as err:
            self._failed(f"going back was refused: {err}")
            raise
        self._done("rolled_back", self._card(target).name)
        return schedule

    def _target(self, schedule: ModelSchedule) -> str:
        if not schedule.previous:
            raise ChangeRefused(said.NOTHING_TO_GO_BACK())
        target = schedule.previous[0]
        if target != OWN and target not in self._registry.models():
            raise ChangeRefused(said.MODEL_REMOVED(sha256=target[:12]))
        return target

    def _card(self, name: str) -> ModelCard:
        return self._dependencies.own if name == OWN else self._registry.models()[name].card

    def _require_fit(self, model: RegisteredModel, schedule: ModelSchedule) -> None:
        card, own = model.card, self._dependencies.own
        if (card.frames, card.fps) != (own.frames, own.fps):
            raise ChangeRefused(
                said.OTHER_WINDOWS(
                    model=card.name,
                    frames=card.frames,
                    fps=card.fps,
                    own_frames=own.frames,
                    own_fps=own.fps,
                )
            )
        live = self._card(schedule.live)
        if card.weights_hash == live.weights_hash:
            raise ChangeRefused(said.SAME_WEIGHTS(model=card.name))

    def _prepare(self, card: ModelCard, *, without_calibration: bool) -> None:
        problems = self._dependencies.prepare(card)
        if problems and not without_calibration:
            raise ChangeRefused(said.NOT_CALIBRATED(problems=joined(problems)))

    def _have_loaded(self, name: str) -> None:
        """Wait until every worker that is alive can score with a model at once."""
        if name == OWN:
            return
        self._change(lambda schedule: schedule.with_staged(name))
        until_s = self._dependencies.monotonic() + LOAD_WITHIN_S
        while True:
            workers = self._dependencies.workers()
            failed = [
                f"{each.name}: {each.failed[name]}" for each in workers if name in each.failed
            ]
            missing = [each.name for each in workers if name not in each.loaded]
            late = self._dependencies.monotonic() > until_s
            if workers and not missing:
                return
            if failed or late:
                self._change(lambda schedule: _without_staged(schedule, name))
                if not workers:
                    raise ChangeRefused(said.NO_WORKER())
                reason = joined(failed) if failed else said.NOT_LOADED(workers=tuple(missing))
                raise ChangeRefused(said.WORKERS_FAIL(problem=reason))
            self._dependencies.sleep(LOOK_EVERY_S)

    def _switch(self, change: Callable[[ModelSchedule, float], ModelSchedule]) -> ModelSchedule:
        """Name the moment of the switch: so far ahead that every worker knows of it before."""
        return self._change(lambda schedule: change(schedule, self._registry.now() + LEAD_S))

    def _change(self, change: Callable[[ModelSchedule], ModelSchedule]) -> ModelSchedule:
        for _ in range(TRIES):
            changed = change(self._registry.schedule())
            try:
                self._registry.put_schedule(changed)
            except ScheduleChanged:
                continue
            return changed
        raise ChangeRefused(said.MODEL_CROSSED())

    def _failed(self, reason: str) -> None:
        self._dependencies.telemetry.count("model_promotions_total", outcome="failed")
        self._dependencies.events.raise_("model", reason, remedy=events.LIST_MODELS())

    def _done(self, outcome: str, name: str) -> None:
        self._dependencies.telemetry.count("model_promotions_total", outcome=outcome)
        self._dependencies.events.clear("model", events.MODEL_SCORES(name=name))
        log.info("another model scores", extra={"model": name, "outcome": outcome})


def _instead_of(before: ModelSchedule, known: ModelSchedule) -> ModelSchedule:
    """Return the present schedule, if it has the live model that a change was checked against."""
    if known.switches[-1] != before.switches[-1]:
        raise ChangeRefused(said.MODEL_CHANGED())
    return known


def _without_staged(schedule: ModelSchedule, name: str) -> ModelSchedule:
    """Return it without a model that is to be loaded; another one stays, somebody else's."""
    return schedule.with_staged(None if schedule.staged == name else schedule.staged)


def _back_to(schedule: ModelSchedule, target: str, since: float) -> ModelSchedule:
    if schedule.previous[:1] != (target,):
        raise ChangeRefused(said.MODEL_CHANGED())
    return schedule.rolled_back(since)
