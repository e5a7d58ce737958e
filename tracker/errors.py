"""The error tree of the whole project.

WardenError
├── Transient          worth trying again: the caller waits and retries
│   ├── CameraLost     a source stopped giving frames
│   ├── StoreUnavailable   Redis did not answer
│   │   └── StoreRefuses   it answers, but takes no writes
│   └── ScoringUnavailable   no worker answered a request in time
└── Fatal              trying again cannot help: the process says why and exits
    ├── ConfigError    a setting is wrong; the text names its path and the remedy
    ├── ModelMismatch  a model file is not what the code expects
    ├── ModelUnavailable   a weight file could be had from no source
    ├── BadPoses       a pose file is malformed
    └── BadFootage     a video or a folder of pictures cannot be used
"""


class WardenError(Exception):
    """Anything that goes wrong by our own judgement; the text holds value and remedy."""


class Transient(WardenError):
    """Worth trying again."""


class Fatal(WardenError):
    """Trying again cannot help."""


class CameraLost(Transient):
    """A source stopped giving frames.

    Attributes:
        reason: one word for metrics and `/cameras`, such as ``timeout`` or ``refused``.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class StoreUnavailable(Transient):
    """Redis did not answer."""


class StoreRefuses(StoreUnavailable):
    """Redis answers, but takes no writes; the text says why, and the remedy."""


class ScoringUnavailable(Transient):
    """No worker answered a request for a score in time."""


class ConfigError(Fatal):
    """A setting is wrong; the text names its path and the remedy."""


class ModelMismatch(Fatal):
    """A model file is not what the code expects."""


class ModelUnavailable(Fatal):
    """A weight file could be had from no source; the text lists what was tried."""


class BadPoses(Fatal):
    """A pose file is malformed; the text names the offending element."""


class BadFootage(Fatal):
    """A video or a folder of pictures cannot be used; the text names it."""
