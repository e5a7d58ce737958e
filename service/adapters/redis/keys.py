"""All our keys in Redis.

The part in braces is the cluster hash tag: keys that one script or transaction touches share it.
All keys of a camera are in the slot of the windows stream that its windows go to.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from tracker.types import PersonId

_T = TypeVar("_T")

PREFIX = "posewarden:"
WORKER_GROUP = "workers"


@dataclass(frozen=True, slots=True)
class Shards:
    """Spreads the keys of a site's cameras over so many slots.

    All processes of a site need the same number: another one gives every camera other keys.
    """

    number: int = 1

    def shard_of(self, camera: str) -> int:
        """Return the number of the windows stream that this camera's windows go to."""
        return zlib.crc32(camera.encode()) % self.number

    def group_by_shard(
        self, things: Iterable[_T], camera: Callable[[_T], str]
    ) -> dict[int, list[_T]]:
        """Group things by the shards of their cameras: a call may touch only one slot."""
        groups: defaultdict[int, list[_T]] = defaultdict(list)
        for thing in things:
            groups[self.shard_of(camera(thing))].append(thing)
        return dict(groups)

    def ring(self, person: PersonId) -> str:
        """List of a person's newest samples."""
        return f"{self._prefix(person.camera)}:ring:{person.session}:{person.number}"

    def view(self, camera: str) -> str:
        """What the camera's newest frame showed."""
        return f"{self._prefix(camera)}:view"

    def scores(self, camera: str) -> str:
        """Stream of the camera's scores."""
        return f"{self._prefix(camera)}:scores"

    def shadow(self, camera: str) -> str:
        """Stream of the scores of a model that scores beside the live one."""
        return f"{self._prefix(camera)}:shadow"

    def cues(self, camera: str) -> str:
        """Stream of the cues of the camera's people."""
        return f"{self._prefix(camera)}:cues"

    def poses(self, camera: str) -> str:
        """Stream of the camera's newest views that show people."""
        return f"{self._prefix(camera)}:poses"

    def sightings(self, camera: str) -> str:
        """Stream of a few of the camera's views of the last hours."""
        return f"{self._prefix(camera)}:sightings"

    def still(self, camera: str) -> str:
        """A picture of the camera that somebody asked for, for a moment."""
        return f"{self._prefix(camera)}:still"

    def still_wanted(self, camera: str) -> str:
        """There while somebody waits for a picture of the camera."""
        return f"{self._prefix(camera)}:still-wanted"

    def episodes(self, camera: str) -> str:
        """The alert loop's state of the camera."""
        return f"{self._prefix(camera)}:episodes"

    def blocks(self, camera: str) -> str:
        """Hash of the camera's blocks of ten minutes, by number."""
        return f"{self._prefix(camera)}:blocks"

    def shadow_blocks(self, camera: str) -> str:
        """The same hash, of a model that scores beside the live one."""
        return f"{self._prefix(camera)}:shadow-blocks"

    def prepared(self, camera: str) -> str:
        """Hash of what the camera begins with under other models, by recipe."""
        return f"{self._prefix(camera)}:prepared"

    def shadow_state(self, camera: str) -> str:
        """What the rules remember that a shadow's scores are tried on."""
        return f"{self._prefix(camera)}:shadow-state"

    def calibration(self, camera: str) -> str:
        """Hash of the camera's calibrations, by number, and of what comes next."""
        return f"{self._prefix(camera)}:calibration"

    def scene(self, camera: str, day: int) -> str:
        """Hash of what was seen of people on one day since 1970, by block and who saw it."""
        return f"{self._prefix(camera)}:scene:{day}"

    def drift(self, camera: str) -> str:
        """Hash of what is known of the camera's drift, and its number."""
        return f"{self._prefix(camera)}:drift"

    def lease(self, camera: str) -> str:
        """Who decides about the camera."""
        return f"{self._prefix(camera)}:lease"

    def term(self, camera: str) -> str:
        """Hash: who decided about the camera last, in which term, and until when."""
        return f"{self._prefix(camera)}:term"

    def watch(self, camera: str) -> str:
        """Who watches the camera."""
        return f"{self._prefix(camera)}:watch"

    def successor(self, camera: str) -> str:
        """Who opens the camera's stream to watch it next."""
        return f"{self._prefix(camera)}:watch:next"

    def successor_ready(self, camera: str) -> str:
        """Who has opened it, and waits for the camera to be free."""
        return f"{self._prefix(camera)}:watch:ready"

    def archive_lease(self, name: str) -> str:
        """Who carries alerts into the archive."""
        return f"{PREFIX}{{alerts}}:lease:{name}"

    def _prefix(self, camera: str) -> str:
        return f"{PREFIX}{{{self.shard_of(camera)}}}:camera:{camera}"

    def all(self) -> "list[Shard]":
        """Return each of them."""
        return [Shard(number, self) for number in range(self.number)]


@dataclass(frozen=True, slots=True)
class Shard:
    """One of a site's shards."""

    number: int = 0
    layout: Shards = Shards()

    def owns(self, camera: str) -> bool:
        """Tell whether the camera's keys belong to this shard."""
        return self.layout.shard_of(camera) == self.number


ONE_SHARD = Shards()


def windows(shard: int) -> str:
    """Stream of windows waiting for a worker, and for a while after."""
    return f"{PREFIX}{{{shard}}}:windows"


def dead(shard: int) -> str:
    """Stream of windows that no worker could score."""
    return f"{PREFIX}{{{shard}}}:dead"


ALERT_EVENTS = f"{PREFIX}{{alerts}}:events"  # stream
ALERTS_BY_TIME = f"{PREFIX}{{alerts}}:by-time"  # sorted set of ids by opened_at
ALERTS_CLOSED = f"{PREFIX}{{alerts}}:closed"  # the closed ones of them
ALERT_TERMS = f"{PREFIX}{{alerts}}:terms"  # hash by camera: alerts of earlier terms are refused
ALERT = f"{PREFIX}{{alerts}}:alert:"  # + id: hash of version, camera, alert, clip
ALERTS_SNOOZED = f"{PREFIX}{{alerts}}:snoozed"  # set of ids: open ones that a snooze marks
SNOOZES = f"{PREFIX}{{alerts}}:snoozes"  # hash of snoozes by id
SYSTEM_EVENTS = f"{PREFIX}{{alerts}}:system"  # hash of the newest change of each
OUTBOX_STATES = f"{PREFIX}{{alerts}}:outbox"  # hash of how far each output has come
OUTBOX_RECORDS = f"{PREFIX}{{alerts}}:deliveries"  # list of records on their way to the archive
LINK_SECRET = f"{PREFIX}{{alerts}}:link-secret"  # what links in messages are signed with
LINK_USED = f"{PREFIX}{{alerts}}:link:"  # + id: this link was used
ACT = f"{PREFIX}{{alerts}}:act:"  # + id: the id of its event, for a while
ALERTS_OF_CAMERA = f"{PREFIX}{{alerts}}:of-camera:"  # + camera: sorted set like ALERTS_BY_TIME

KEPT_MARK = f"{PREFIX}{{alerts}}:kept"  # written for replicas to confirm what came before it
REPLICAS_LATE = f"{PREFIX}{{alerts}}:replicas-late"  # there while a process saw them late lately

DECISIONS = f"{PREFIX}{{alerts}}:decisions"  # stream of records on their way to the archive

SITE_DOCUMENTS = f"{PREFIX}{{site}}:documents"  # hash of JSON by "section/name"
SITE_DOCUMENT_VERSIONS = f"{PREFIX}{{site}}:document-versions"  # hash by "section/name"
SITE_BACKGROUNDS = f"{PREFIX}{{site}}:backgrounds"  # hash of pictures by camera
SITE_VERSION = f"{PREFIX}{{site}}:version"  # grows with every change of a document

CANARY_SHOWINGS = f"{PREFIX}{{canary}}:showings"  # hash of the newest showings by process and path
CANARY_PROCESSES = f"{PREFIX}{{canary}}:processes"  # sorted set of processes by last sign of life
CANARY_FOUND = f"{PREFIX}{{canary}}:found:"  # + camera: the session whose fall was decided

ROSTER = f"{PREFIX}{{roster}}:"  # + what they share: sorted set of processes by last heartbeat

MODELS = f"{PREFIX}{{models}}:models"  # hash of what is known of each model, by SHA-256
MODEL_FILES = f"{PREFIX}{{models}}:files"  # hash of their files, by SHA-256
MODEL_SCHEDULE = f"{PREFIX}{{models}}:schedule"  # hash: which of them scores when, and its version

SHADOW_REPORT = f"{PREFIX}{{models}}:shadow-report"  # what the trial of a model has shown
SHADOW_COST = f"{PREFIX}{{models}}:shadow-cost"  # hash: windows that a shadow scored, CPU seconds

REQUESTS = f"{PREFIX}{{requests}}:waiting"  # stream of requests for a score
REPLY = f"{PREFIX}{{requests}}:reply:"  # + the asker's own name for the request: list of one reply

UNSAVED = f"{PREFIX}{{unsaved}}"  # why the embedded server saves nothing now


def probe(number: int) -> str:
    """Written to see whether the server takes writes; other numbers have other slots."""
    return f"{PREFIX}{{probe-{number}}}"


def status_names(kind: str) -> str:
    """Sorted set of the names that have a status of this kind ("camera", "worker"), by time."""
    return f"{PREFIX}{{board}}:{kind}s"


def status_entry(kind: str, name: str) -> str:
    """The newest status of one name."""
    return f"{PREFIX}{{board}}:{kind}:{name}"
