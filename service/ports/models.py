"""What the registry of flow models needs from outside. Adapters inherit these by name."""

import hashlib
from collections.abc import Mapping
from typing import Protocol

import msgspec

from inference.card import ModelCard
from inference.model_schedule import ModelSchedule
from tracker.errors import Transient, WardenError

MODELS_BOUND = 8
MODEL_BYTES = 16_000_000


class RegisteredModel(msgspec.Struct, frozen=True, kw_only=True):
    """A flow model whose file every process of the site can have.

    Attributes:
        sha256: of its file, hexadecimal; its name in the registry.
        file_bytes: size of the file.
        at: when it was registered, UTC seconds.
        author: who did.
        promoted_at: when it last became the live one; None: never.
    """

    sha256: str
    card: ModelCard
    file_bytes: int
    at: float
    author: str
    promoted_at: float | None = None


class RegistryFull(WardenError):
    """The registry has no room, or the file is too large."""


class ScheduleChanged(Transient):
    """Somebody else changed which models score meanwhile."""


class ModelRegistry(Protocol):
    """Model files by their SHA-256, and which of them scores when; all processes see the same.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def register(self, model: RegisteredModel, file: bytes) -> bool:
        """Keep a model's file; False if it is there already.

        Raises:
            RegistryFull: there are `MODELS_BOUND` others, or the file exceeds `MODEL_BYTES`.
        """
        ...

    def remove(self, sha256: str) -> bool:
        """Forget a model; False if it is not there."""
        ...

    def models(self) -> Mapping[str, RegisteredModel]:
        """Return the models by SHA-256."""
        ...

    def file(self, sha256: str) -> bytes | None:
        """Return a model's file, its SHA-256 verified; None if it is not there, or damaged."""
        ...

    def schedule(self) -> ModelSchedule:
        """Return which models score when."""
        ...

    def put_schedule(self, schedule: ModelSchedule) -> None:
        """Replace the schedule whose version is one lower.

        Raises:
            ScheduleChanged: the present version is another one.
        """
        ...

    def note_promoted(self, sha256: str, at: float) -> None:
        """Remember when a model became the live one."""
        ...

    def now(self) -> float:
        """Return the store's own time, UTC seconds, which is the same for every process."""
        ...


def sha256_of(file: bytes) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(file).hexdigest()


def require_size(file: bytes) -> None:
    """Refuse a file that is too large.

    Raises:
        RegistryFull: it is.
    """
    if len(file) > MODEL_BYTES:
        raise RegistryFull(
            f"the model has {len(file)} bytes; at most {MODEL_BYTES} fit the registry: train a "
            "smaller one, or give every process its file by `model:`"
        )
