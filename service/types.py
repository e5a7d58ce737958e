"""Alerts: what people see."""

import msgspec


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker is doing, as `/readyz` tells it.

    Attributes:
        provider: the ONNX Runtime provider its session really has.
        wanted: the provider that was configured.
    """

    name: str
    model: str
    provider: str
    wanted: str
    beat_at: float
