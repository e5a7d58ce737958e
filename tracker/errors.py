"""The exceptions of the whole project: what to retry, and what ends the process.

WardenError
├── Transient          the caller waits and retries
│   ├── CameraLost     a source gives no frames
│   ├── StoreUnavailable   Redis did not answer
│   │   ├── StoreRefuses   it answers, but refuses writes
│   │   ├── AlertNotWritten   it answers, but cannot write this alert
│   │   └── ArchiveUnavailable   it is the archive's database that fails
│   └── ScoringUnavailable   no worker answered a request in time
└── Fatal              a retry cannot help: the process logs why and exits
    ├── ConfigError    a setting is wrong; the text names its path and the remedy
    ├── ModelMismatch  a model file is not what the code expects
    ├── ModelUnavailable   no source has a weight file
    ├── BadPoses       a pose file is malformed
    └── BadFootage     a video or a folder of pictures cannot be used
"""


class WardenError(Exception):
    """Base of all expected failures; the text holds the value and the remedy."""


class Transient(WardenError):
    """A retry may help."""


class Fatal(WardenError):
    """A retry cannot help."""


class CameraLost(Transient):
    """A source gives no frames.

    Attributes:
        reason: one word for metrics and `/cameras`, such as ``timeout`` or ``refused``.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class StoreUnavailable(Transient):
    """Redis did not answer."""


class StoreRefuses(StoreUnavailable):
    """Redis answers, but refuses writes; the text holds the cause and the remedy."""


class AlertNotWritten(StoreUnavailable):
    """Redis answers, but cannot write this alert: its keys hold something else."""


class ArchiveUnavailable(StoreUnavailable):
    """The archive's database did not answer, or refused.

    Attributes:
        reason: one word for metrics: ``unreachable``, ``locked``, ``full``, ``conflict``,
            ``schema`` or ``damaged``.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class ScoringUnavailable(Transient):
    """No worker answered a score request in time."""


class ConfigError(Fatal):
    """A setting is wrong; the text names its path and the remedy."""


class ModelMismatch(Fatal):
    """A model file is not what the code expects."""


class ModelUnavailable(Fatal):
    """No source has a weight file; the text lists what was tried."""


class BadPoses(Fatal):
    """A pose file is malformed; the text names the offending element."""


class BadFootage(Fatal):
    """A video or a folder of pictures cannot be used; the text names it."""
