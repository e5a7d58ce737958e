"""Shapes of `/readyz` and `/healthz`."""

import msgspec

from inference.provider_choice import BatchChoice
from service.api.shapes.scores import ModelInfo
from tracker.types import CameraState


class WorkerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that sent a heartbeat in the last seconds."""

    name: str
    model: str
    provider: str
    wanted: str
    batches: tuple[BatchChoice, ...]


class ArchiveState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the archive's database answers; alerts go on without it, and wait for it in Redis."""

    available: bool
    reason: str | None


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the service does its work; reasons says what is missing.

    Attributes:
        batches: which provider serves which batch size in this process.
        deciders: how many processes decide alerts.
        archive: does not make the service unready.
    """

    ready: bool
    reasons: list[str]
    redis: bool
    model: ModelInfo
    wanted_provider: str
    batches: tuple[BatchChoice, ...]
    workers: list[WorkerInfo]
    deciders: int
    cameras: dict[str, CameraState]
    archive: ArchiveState


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """This process runs."""

    alive: bool = True
