"""Alerts: what people see."""

import msgspec

from inference.provider_choice import BatchChoice


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker is doing, as `/readyz` tells it.

    Attributes:
        provider: the ONNX Runtime provider its session really has.
        wanted: the provider that was configured.
        batches: which provider serves which batch size; earlier versions do not say.
    """

    name: str
    model: str
    provider: str
    wanted: str
    beat_at: float
    batches: tuple[BatchChoice, ...] = ()
