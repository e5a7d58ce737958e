"""The status of a worker."""

import msgspec

from inference.provider_choice import BatchChoice


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Status of a worker, as `/readyz` shows it.

    Attributes:
        provider: the ONNX Runtime provider its session really has.
        wanted: the provider that was configured.
        model: hash of the weights that score now.
        batches: which provider serves which batch size; earlier versions do not say.
        loaded: SHA-256 of the registered models that it can score with at once.
        failed: why others cannot be loaded, by SHA-256.
    """

    name: str
    model: str
    provider: str
    wanted: str
    beat_at: float
    batches: tuple[BatchChoice, ...] = ()
    loaded: tuple[str, ...] = ()
    failed: dict[str, str] = {}
