"""The status of a worker."""

import msgspec

from inference.provider_choice import BatchChoice


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Status of a worker, as `/readyz` shows it.

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
