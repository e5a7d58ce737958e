"""Every key of ours in Redis.

The part in braces is the cluster hash tag: keys that one script or transaction touches share it.
All keys of a camera lie in the slot of the windows stream that its windows go to.
"""

import zlib

from tracker.types import PersonId

PREFIX = "posewarden:"
SHARDS = 1  # windows streams; more than one needs workers that each serve one of them
WORKER_GROUP = "workers"


def shard(camera: str) -> int:
    """Return the number of the windows stream that this camera's windows go to."""
    return zlib.crc32(camera.encode()) % SHARDS


def windows(number: int) -> str:
    """Stream of windows waiting for a worker, and for a while after."""
    return f"{PREFIX}{{{number}}}:windows"


def ring(person: PersonId) -> str:
    """List of a person's newest samples."""
    return f"{_of(person.camera)}:ring:{person.session}:{person.number}"


def view(camera: str) -> str:
    """What the camera's newest frame showed."""
    return f"{_of(camera)}:view"


def scores(camera: str) -> str:
    """Stream of the camera's scores."""
    return f"{_of(camera)}:scores"


def episodes(camera: str) -> str:
    """The decider's memory of the camera."""
    return f"{_of(camera)}:episodes"


def lease(camera: str) -> str:
    """Who decides about the camera."""
    return f"{_of(camera)}:lease"


def _of(camera: str) -> str:
    return f"{PREFIX}{{{shard(camera)}}}:camera:{camera}"


ALERT_EVENTS = f"{PREFIX}{{alerts}}:events"  # stream
ALERTS_BY_TIME = f"{PREFIX}{{alerts}}:by-time"  # sorted set of ids by opened_at
ALERTS_CLOSED = f"{PREFIX}{{alerts}}:closed"  # the closed ones of them
ALERT = f"{PREFIX}{{alerts}}:alert:"  # + id: hash of version, camera, alert, clip
ALERTS_OF_CAMERA = f"{PREFIX}{{alerts}}:of-camera:"  # + camera: sorted set like ALERTS_BY_TIME


def board_names(kind: str) -> str:
    """Sorted set: who said something of this kind ("camera", "worker"), by time."""
    return f"{PREFIX}{{board}}:{kind}s"


def board_entry(kind: str, name: str) -> str:
    """What it said last."""
    return f"{PREFIX}{{board}}:{kind}:{name}"
