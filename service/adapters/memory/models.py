"""Model files in memory."""

from collections.abc import Callable, Mapping

import msgspec

from inference.model_schedule import ModelSchedule
from service.ports.models import (
    MODELS_BOUND,
    ModelRegistry,
    RegisteredModel,
    RegistryFull,
    ScheduleChanged,
    require_size,
    sha256_of,
)


class MemoryModels(ModelRegistry):
    """Keeps them as long as the process lives."""

    def __init__(self, *, clock: Callable[[], float], bound: int = MODELS_BOUND) -> None:
        self._clock = clock
        self._bound = bound
        self._models: dict[str, RegisteredModel] = {}
        self._files: dict[str, bytes] = {}
        self._schedule = ModelSchedule()

    def register(self, model: RegisteredModel, file: bytes) -> bool:
        require_size(file)
        if model.sha256 in self._models:
            return False
        if len(self._models) >= self._bound:
            raise RegistryFull(f"the registry has {self._bound} models; remove one")
        self._models[model.sha256], self._files[model.sha256] = model, file
        return True

    def remove(self, sha256: str) -> bool:
        self._files.pop(sha256, None)
        return self._models.pop(sha256, None) is not None

    def models(self) -> Mapping[str, RegisteredModel]:
        return dict(self._models)

    def file(self, sha256: str) -> bytes | None:
        found = self._files.get(sha256)
        return found if found is not None and sha256_of(found) == sha256 else None

    def schedule(self) -> ModelSchedule:
        return self._schedule

    def put_schedule(self, schedule: ModelSchedule) -> None:
        if schedule.version != self._schedule.version + 1:
            raise ScheduleChanged("somebody else changed which model scores; try again")
        self._schedule = schedule

    def note_promoted(self, sha256: str, at: float) -> None:
        if sha256 in self._models:
            known = self._models[sha256]
            self._models[sha256] = msgspec.structs.replace(known, promoted_at=at)

    def now(self) -> float:
        return self._clock()
