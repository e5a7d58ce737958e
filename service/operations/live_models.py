"""The flow models that one process has loaded, as the site's schedule asks for them."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from inference.card import ModelCard
from inference.flow_onnx import OnnxFlow
from inference.model_schedule import FRESH_S, LEAD_S, OWN, ModelSchedule
from inference.ports import FlowModel
from inference.provider_choice import BatchChoice
from service.ports.models import ModelRegistry
from service.ports.telemetry import SiteTelemetry
from tracker.errors import ModelMismatch, StoreUnavailable
from tracker.types import Float32

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
# A model that does not load is tried again so often.
RETRY_AFTER_S = 10.0


class ModelMissing(StoreUnavailable):
    """The model that has to score cannot be loaded; windows wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveModelsDependencies:
    """What a process follows the schedule with.

    Attributes:
        own: the model of this process's own disk.
        open_flow: opens a model file by its SHA-256, ready to score; raises ModelMismatch.
        clock: UTC seconds.
        kept_s: windows older than this are scored no more.
        shadows: whether this process scores with shadows.
    """

    registry: ModelRegistry
    own: OnnxFlow
    open_flow: Callable[[bytes, str], OnnxFlow]
    telemetry: SiteTelemetry
    clock: Callable[[], float]
    kept_s: float
    shadows: bool = True


@dataclass(frozen=True, slots=True)
class _Known:
    """The schedule as it was read, and when that began."""

    schedule: ModelSchedule = field(default_factory=ModelSchedule)
    read_at: float = float("-inf")


class LiveModels(FlowModel):
    """Scores like the live model; `at` gives the one of a capture time.

    One thread calls `step` again and again; any may ask for models meanwhile.
    """

    def __init__(self, dependencies: LiveModelsDependencies) -> None:
        self._dependencies = dependencies
        self._known = _Known()
        self._flows: Mapping[str, OnnxFlow] = {OWN: dependencies.own}
        self._failed: Mapping[str, str] = {}
        self._failed_at = float("-inf")
        self._loading = threading.RLock()
        self._listeners: list[Callable[[FlowModel], None]] = []
        self._told = ""

    @property
    def schedule(self) -> ModelSchedule:
        """The schedule as it was read last."""
        return self._known.schedule

    @property
    def own(self) -> OnnxFlow:
        """The model of this process's own disk."""
        return self._dependencies.own

    @property
    def card(self) -> ModelCard:
        return self._live().card

    @property
    def provider(self) -> str:
        return self._live().provider

    @property
    def choices(self) -> Sequence[BatchChoice]:
        return self._live().choices

    def provider_for(self, windows: int) -> str:
        return self._live().provider_for(windows)

    def nll(self, windows: Float32) -> Float32:
        return self._live().nll(windows)

    def explain(self, windows: Float32) -> Float32:
        return self._live().explain(windows)

    def at(self, captured_at: float) -> FlowModel:
        """Return the model that scores windows of this capture time.

        Raises:
            StoreUnavailable: it is not known which one does, or it cannot be had.
        """
        return self._flow(self._fresh(captured_at).at(captured_at))

    def is_at_hand(self, captured_at: float) -> bool:
        known = self._known
        return self._is_fresh(known, captured_at) and known.schedule.at(captured_at) in self._flows

    @property
    def shadow(self) -> FlowModel | None:
        """The model that scores beside the live one, once it is loaded."""
        shadow = self.schedule.shadow
        return None if shadow is None else self._flows.get(shadow)

    @property
    def loaded(self) -> tuple[str, ...]:
        """SHA-256 of the registered models that can score at once."""
        return tuple(sorted(name for name in self._flows if name != OWN))

    @property
    def failed(self) -> Mapping[str, str]:
        """Why models of the schedule cannot be loaded, by SHA-256."""
        return self._failed

    def in_force(self) -> list[FlowModel]:
        """Return the models of windows that may still come, the one that scores now first."""
        now, dependencies = self._dependencies.clock(), self._dependencies
        names = self.schedule.in_force(now, dependencies.kept_s)
        first = self.schedule.at(now)
        loaded = [first, *(name for name in names if name != first)]
        return [self._flows[name] for name in loaded if name in self._flows]

    def subscribe(self, listener: Callable[[FlowModel], None]) -> None:
        """Call a function with the model that scores now, and when another one does."""
        self._listeners.append(listener)
        listener(self._live())

    def start(self) -> None:
        """Load the model that scores now.

        Raises:
            StoreUnavailable: Redis did not answer, or has no such model.
        """
        self._flow(self._read().at(self._dependencies.clock()))

    def step(self) -> float:
        """Load what the schedule asks for, and drop the rest; return how many seconds to rest.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        schedule, now = self._read(), self._dependencies.clock()
        # A clock that was set back must not put it off for hours.
        if not 0 <= now - self._failed_at <= RETRY_AFTER_S:
            self._failed = {}
        wanted = self._wanted(schedule, now)
        for name in wanted:
            if name not in self._flows and name not in self._failed:
                self._try_to_load(name)
        with self._loading:
            kept = {name: each for name, each in self._flows.items() if name in wanted}
            self._flows = {OWN: self._dependencies.own, **kept}
            self._failed = {n: why for n, why in self._failed.items() if n in wanted}
        self._tell(schedule.at(now))
        return LOOK_EVERY_S

    def _wanted(self, schedule: ModelSchedule, now: float) -> list[str]:
        """Return the models to have loaded, the most urgent first."""
        wanted = [*schedule.in_force(now, self._dependencies.kept_s + LOOK_EVERY_S)]
        shadow = schedule.shadow if self._dependencies.shadows else None
        return [*wanted, *(name for name in (schedule.staged, shadow) if name is not None)]

    def _tell(self, name: str) -> None:
        if name != self._told and name in self._flows:
            self._told = name
            for listener in self._listeners:
                listener(self._flows[name])

    def _live(self) -> FlowModel:
        """Return the model that scores now, as far as is known."""
        found = self._flows.get(self.schedule.at(self._dependencies.clock()))
        return self._dependencies.own if found is None else found

    def _fresh(self, captured_at: float) -> ModelSchedule:
        """Return the schedule, so fresh that it knows every promotion up to a capture time."""
        known = self._known
        return known.schedule if self._is_fresh(known, captured_at) else self._read()

    def _is_fresh(self, known: _Known, captured_at: float) -> bool:
        age_s = self._dependencies.clock() - known.read_at
        # The camera's clock may be ahead of ours.
        return 0 <= age_s <= FRESH_S and captured_at < known.read_at + LEAD_S - FRESH_S

    def _read(self) -> ModelSchedule:
        now = self._dependencies.clock()
        schedule = self._dependencies.registry.schedule()
        self._known = _Known(schedule, now)
        return schedule

    def _flow(self, name: str) -> FlowModel:
        found = self._flows.get(name)
        return self._load(name) if found is None else found

    def _try_to_load(self, name: str) -> None:
        try:
            self._load(name)
        except ModelMissing as err:
            log.error("a model does not load", extra={"model": name, "reason": str(err)})
            self._dependencies.telemetry.count("model_load_failures_total")
            self._failed = {**self._failed, name: str(err)}
            self._failed_at = self._dependencies.clock()

    def _load(self, name: str) -> OnnxFlow:
        """Load a model.

        Raises:
            ModelMissing: the registry does not have it, or it is none for this version.
            StoreUnavailable: Redis did not answer.
        """
        with self._loading:
            if (found := self._flows.get(name)) is not None:
                return found
            if name == self._dependencies.own.file_sha256:
                flow = self._dependencies.own
            else:
                flow = self._open(name)
            self._flows = {**self._flows, name: flow}
            return flow

    def _open(self, name: str) -> OnnxFlow:
        remedy = "register it again, or go back by `posewarden models rollback`"
        file = self._dependencies.registry.file(name)
        if file is None:
            raise ModelMissing(f"the registry lacks model {name[:12]}, or it is damaged; {remedy}")
        try:
            return self._dependencies.open_flow(file, name)
        except ModelMismatch as err:
            raise ModelMissing(f"{err}; or {remedy}") from err
