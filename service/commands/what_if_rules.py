"""Makes the rules that `posewarden what-if` tries: thresholds, and another model's scores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from inference.calibration.calibrate import CalibrationInput, calibrate
from inference.calibration.footage import footage, pooled
from inference.calibration.snapshot import Snapshot
from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from inference.rarity import alert_threshold, ordinary_scores_of
from inference.scoring import score_windows
from inference.stretches.rescoring import Rescoring
from inference.stretches.stretch import DAY_S, KindHeld, Stretch
from inference.stretches.weights import Sample
from inference.types import Kind
from service.adapters.redis.calibrations import RedisCalibrations
from service.adapters.redis.keys import Shards
from service.commands.site_config import read_site, site_redis
from service.config.camera_settings import CameraSettings
from service.config.settings import Settings
from service.operations.calibration import CameraPlan
from service.ports.calibrations import CalibrationStore
from service.ports.stretches import HourCount
from service.roles.calibrating import plan_for
from tracker.errors import ConfigError
from tracker.memory_telemetry import InMemoryTelemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class NewThresholds:
    """What decides the thresholds that are tried.

    Attributes:
        given: by kind.
        per_day: a budget of each camera, by which the rest are made; None: they stay.
        model: another ONNX file.
    """

    given: Mapping[Kind, float] = field(default_factory=dict)
    per_day: float | None = None
    model: Path | None = None


class RuleMaker:
    """Makes thresholds of cameras, and says in sentences what they rest on.

    Attributes:
        notes: what to know of the result.
    """

    def __init__(
        self,
        settings: Settings,
        asked: NewThresholds,
        sample: Sample,
        hours: Sequence[HourCount],
        now: float,
    ) -> None:
        self._settings = settings
        self._asked = asked
        self._sample = sample
        self._hours = hours
        self._now = now
        self._site = read_site(settings)
        self.notes: list[str] = []

    def make(
        self, cameras: Sequence[str]
    ) -> tuple[dict[str, dict[Kind, float]], Callable[[Stretch], KindHeld | None] | None]:
        """Return thresholds by camera, and what movement would have held by the new model.

        Raises:
            ConfigError: the model file is no model of ours, or of another length.
            StoreUnavailable: Redis did not answer.
        """
        thresholds: dict[str, dict[Kind, float]] = {name: {} for name in cameras}
        budgets = self._budgets(cameras)
        snapshots = self._calibrated(budgets) if budgets else {}
        for name, found in snapshots.items():
            thresholds[name] |= found.thresholds(self._now)
        movement = None
        if self._asked.model is not None:
            flow = OnnxFlow(self._asked.model, provider=self._settings.provider)
            movement = self._rescored(flow, cameras, thresholds, snapshots)
        for name in cameras:
            thresholds[name] |= self._asked.given
        return thresholds, movement

    def _budgets(self, cameras: Sequence[str]) -> dict[str, float]:
        """Return which cameras' thresholds follow from a budget that is tried, or is in force."""
        if self._asked.per_day is not None:
            return dict.fromkeys(cameras, self._asked.per_day)
        if self._asked.model is None:
            return {}
        # A calibration belongs to a model: by another one the budget's thresholds are others.
        known = self._site.budgets
        return {name: known[name].budget.total for name in cameras if name in known}

    def _calibrated(self, budgets: Mapping[str, float]) -> dict[str, Snapshot]:
        """Return what each camera's blocks of ten minutes call for."""
        card = self._live_card()
        rows = {camera.name: camera for camera in self._site.settings.cameras}
        alerts = self._site.settings.alerts
        plans = {
            name: plan
            for name, per_day in budgets.items()
            if (plan := plan_for(card, alerts, rows[name], per_day)) is not None
        }
        with site_redis(self._settings) as client:
            if client is None:
                raise ConfigError(f"--data {self._settings.data} holds no site; start `up` once")
            shards = Shards(self._settings.redis.shards)
            store = RedisCalibrations(client, telemetry=InMemoryTelemetry(), shards=shards)
            found = {name: self._snapshot(store, name, plan, plans) for name, plan in plans.items()}
        for name, snapshot in found.items():
            if snapshot.level == "card":
                self.notes.append(
                    f"{name}: {snapshot.footage_h:.0f} h of footage are too few for a budget of "
                    f"{snapshot.per_day:g} a day, which takes {snapshot.needed_h:.0f} h; "
                    "the card's thresholds are tried"
                )
        return found

    def _snapshot(
        self,
        store: CalibrationStore,
        name: str,
        plan: CameraPlan,
        plans: Mapping[str, CameraPlan],
    ) -> Snapshot:
        alike = (each for each in plans if plans[each].recipe == plan.recipe)
        given = CalibrationInput(
            camera=name,
            at=self._now,
            recipe=plan.recipe,
            budget=plan.budget,
            limits=plan.limits,
            footage=footage(store.blocks(name, plan.recipe)),
            site=pooled(footage(store.blocks(each, plan.recipe)) for each in alike),
        )
        return calibrate(given, "what-if")

    def _live_card(self) -> ModelCard:
        return OnnxFlow(self._settings.model_path, provider="cpu").card

    def _rescored(
        self,
        flow: OnnxFlow,
        cameras: Sequence[str],
        thresholds: dict[str, dict[Kind, float]],
        snapshots: Mapping[str, Snapshot],
    ) -> Callable[[Stretch], KindHeld | None]:
        """Score all windows by the new model; set thresholds of movement by its own scores."""
        self._require_length(flow.card)
        rows = {camera.name: camera for camera in self._site.settings.cameras}
        held: dict[str, KindHeld | None] = {}
        for name in cameras:
            by_card = self._card_threshold(flow.card, rows[name])
            scoring = Rescoring(
                lambda stretch: _scores(flow, stretch),
                ordinary_scores_of(flow.card) if rows[name].threshold is None else None,
                by_card,
                self._site.settings.alerts,
            )
            own = [each for each in self._sample.stretches if each.stretch.camera == name]
            for each in own:
                held[each.stretch.id] = scoring.held(each.stretch)
            thresholds[name]["movement"] = by_card
            share = snapshots[name].of_kind("movement") if name in snapshots else None
            if share is not None:
                floor = by_card if flow.card.threshold is None else flow.card.threshold
                highest = _episode_peaks([(each.stretch, each.weight) for each in own], held)
                allowed = share.per_day * self._days(name)
                thresholds[name]["movement"] = max(_threshold_for(highest, allowed), floor)
        return lambda stretch: held.get(stretch.id)

    def _require_length(self, card: ModelCard) -> None:
        found = {(each.stretch.frames, each.stretch.fps) for each in self._sample.stretches}
        if other := found - {(card.frames, card.fps)}:
            frames, fps = other.pop()
            raise ConfigError(
                f"--model {self._asked.model} wants {card.frames} poses at {card.fps:g} a second; "
                f"recorded are {frames} at {fps:g}: it cannot score what was recorded"
            )

    def _card_threshold(self, card: ModelCard, camera: CameraSettings) -> float:
        known = camera.threshold
        if known is None:
            known = alert_threshold(card, self._site.settings.alerts.rarity_hours)
        if known is None and "movement" not in self._asked.given:
            raise ConfigError(f"the card of --model {self._asked.model} has no threshold; give one")
        return self._asked.given["movement"] if known is None else known

    def _days(self, camera: str) -> float:
        return sum(each.watched_s for each in self._hours if each.camera == camera) / DAY_S


def _scores(flow: OnnxFlow, stretch: Stretch) -> list[float | None]:
    joints = np.stack([each.poses(stretch.frames) for each in stretch.windows])
    return [nll for nll, _ in score_windows(flow, joints)]


def _episode_peaks(
    stretches: Sequence[tuple[Stretch, float]], held: Mapping[str, KindHeld | None]
) -> list[tuple[float, float]]:
    """Return the highest score of each alert or stretch, with its weight, the highest first."""
    peaks: dict[str, tuple[float, float]] = {}
    for stretch, weight in stretches:
        found = held[stretch.id]
        name = stretch.alert or stretch.id
        if found is not None and found.score > peaks.get(name, (float("-inf"), 0.0))[0]:
            peaks[name] = found.score, weight
    return sorted(peaks.values(), reverse=True)


def _threshold_for(peaks: Sequence[tuple[float, float]], allowed: float) -> float:
    """Return the lowest threshold that so many of the peaks reach at most."""
    total = 0.0
    for score, weight in peaks:
        total += weight
        if total > allowed:
            return float(np.nextafter(score, np.inf))
    return float("-inf")
