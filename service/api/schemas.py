"""Shapes of HTTP and WebSocket messages; used at the edge only."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from inference.drift.record import DriftName
from inference.provider_choice import BatchChoice
from inference.types import KINDS, Act, Alert, Kind, Unscorable, Verdict
from service.api.zone_bodies import ShownZone
from service.config.effective import Origin
from service.records import Snooze
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.types import CameraState
from tracker.zones.zone import NAME_CHARACTERS

MAX_FRAMES = 3000
MAX_PEOPLE = 64
NOTE_CHARACTERS = 2000
# Seconds or ISO 8601; `service.api.time_query.body_time` reads it.
BodyTime: TypeAlias = (
    Annotated[float, msgspec.Meta(ge=0, le=1e12)]
    | Annotated[str, msgspec.Meta(max_length=40, extra_json_schema={"format": "date-time"})]
)
Joint: TypeAlias = tuple[float, float, float]
Body: TypeAlias = Annotated[list[Joint], msgspec.Meta(min_length=17, max_length=17)]


class ScoreRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Poses of one person: T × 17 × (x_px, y_px, confidence), COCO-17 order, at fps."""

    poses: list[Body]
    fps: float


class PersonPoses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Poses of one of several people, as of `ScoreRequest`."""

    poses: list[Body]


class PeopleScoreRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Poses of several people, at fps; their frames count together."""

    people: Annotated[list[PersonPoses], msgspec.Meta(min_length=1, max_length=MAX_PEOPLE)]
    fps: float


class WindowScore(msgspec.Struct, frozen=True, kw_only=True):
    """One window's score; start and end are the first and last frame of the request in it."""

    start_frame: int
    end_frame: int
    score: float | None
    unscorable: Unscorable | msgspec.UnsetType = msgspec.UNSET


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which model answered."""

    hash: str
    name: str
    frames: int
    fps: float
    provider: str
    threshold: float | None


class WindowMap(msgspec.Struct, frozen=True, kw_only=True):
    """Each frame's and joint's share of a window's score; all shares sum to the score.

    Attributes:
        joints: names of the columns, the flow's order.
        values: T × 18, bits/dimension.
    """

    start_frame: int
    end_frame: int
    joints: tuple[str, ...]
    values: list[list[float]]


class ShownKind(msgspec.Struct, frozen=True, kw_only=True):
    """How far the poses show a kind that one person can show.

    Attributes:
        score: highest, a multiple of the kind's threshold; None where it cannot be judged.
        frame: of the request, with that score.
        seen: it lasts long enough for an alert.
    """

    kind: Kind
    score: float | None
    frame: int | None
    seen: bool


class ScoreResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The worst window's score, and every window's; bits/dimension, higher is more unusual.

    Attributes:
        threshold: of movement before a camera without one of its own.
        anomalous: the worst score reaches it.
        rarity_hours: one person ordinarily has so high a score once in so many hours; None where
            that is not known.
    """

    score: float | None
    threshold: float | None
    anomalous: bool | None
    rarity_hours: float | None
    windows: list[WindowScore]
    model: ModelInfo
    kinds: list[ShownKind]
    map: WindowMap | msgspec.UnsetType | None = msgspec.UNSET


class PeopleScores(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of several people, in the order of the request."""

    people: list[ScoreResponse]


class ListedAlert(Alert, frozen=True, kw_only=True):
    """An alert with what people did about it.

    Attributes:
        acknowledged_at, acknowledged_by: of the acknowledgement that holds; None without one.
        verdict, verdict_by: the newest verdict and its author.
        notes: how many notes it has.
    """

    acknowledged_at: float | None = None
    acknowledged_by: str | None = None
    verdict: Verdict | None = None
    verdict_by: str | None = None
    notes: int = 0


class AlertPage(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts, newest first; `next` is the cursor of the page behind."""

    alerts: list[ListedAlert]
    next: str | None


class AlertDetail(ListedAlert, frozen=True, kw_only=True):
    """An alert with the stick-figure clip of its peak; all None where the window was lost.

    Attributes:
        acts: what people did about it, oldest first.
        fps: rate of the poses.
        poses: T × 17 × (x_px, y_px, confidence), COCO-17.
        joint_map: T × 18 shares of the peak window's score, bits/dimension, flow's order.
    """

    acts: tuple[Act, ...]
    fps: float | None
    poses: list[list[Joint]] | None
    joint_map: list[list[float]] | None


class EpisodePerson(msgspec.Struct, frozen=True, kw_only=True):
    """One person in a frame: the number of the track, 17 × (x_px, y_px, confidence)."""

    number: int
    joints: list[Joint]


class EpisodeFrame(msgspec.Struct, frozen=True, kw_only=True):
    """The alert's person, who comes first where seen, and those beside, at one time."""

    at: float
    people: list[EpisodePerson]


class EpisodePoses(msgspec.Struct, frozen=True, kw_only=True):
    """The poses of an alert's whole episode.

    Attributes:
        person: number of the alert's person.
        done: nothing more comes.
        complete: nothing was missed.
        thinned_from: since when only one frame a second is kept; None while all are.
        frames: in the order of time.
    """

    alert: str
    camera: str
    person: int
    width_px: int
    height_px: int
    done: bool
    complete: bool
    thinned_from: float | None
    frames: list[EpisodeFrame]


class ScorePoint(msgspec.Struct, frozen=True, kw_only=True):
    """How a person moved up to a time.

    Attributes:
        at: when the window's last pose was taken, UTC seconds.
        score: bits/dimension, on the scale of the threshold; None: movement abstained.
        threshold: that was in force; None: not known.
    """

    at: float
    score: float | None
    threshold: float | None


class HeldScore(msgspec.Struct, frozen=True, kw_only=True):
    """The most that one kind's rule held in ten seconds.

    Attributes:
        score: the highest threshold at which an alert of the kind would have opened.
        threshold: that was in force; bits/dimension for movement, else 1.
    """

    kind: Kind
    since: float
    until: float
    score: float
    threshold: float


class AlertScores(msgspec.Struct, frozen=True, kw_only=True):
    """How unusual an alert's person was over time.

    Attributes:
        points: of movement, by window, in the order of time; thinned to the highest of each few.
        held: of all kinds that came near an alert, by ten seconds.
    """

    alert: str
    points: list[ScorePoint]
    held: list[HeldScore]


class UsualScores(msgspec.Struct, frozen=True, kw_only=True):
    """A camera's own ordinary scores, by which movement is judged there.

    Attributes:
        scores: how many were learned from; few of them count little beside the model card's.
        mean, spread: bits/dimension, as learned.
    """

    scores: int
    mean: float
    spread: float


class CameraInfo(msgspec.Struct, frozen=True, kw_only=True):
    """State of a camera; never its address, which holds credentials.

    Attributes:
        fps: frames per second that are processed.
        source_fps: frames per second of the source.
        overloaded: the machine cannot process all of them.
        armed: an alert of some kind may open now.
        armed_kinds: which kinds may.
        usual: its own ordinary scores, at `/cameras` alone; None before the first.
        origin: whether it is the site file's or was added over the API.
        version: of the settings that it runs by; 0: nothing was set over the API.
        configured_version: the version that it will run by within seconds.
        zones: what is drawn on its picture.
        min_height_px: people whose body is shorter in the picture are not watched.
        background: tag of the picture behind its skeletons; None: it has none.
        alarms_per_day: its budget of false alarms; None: it has none.
        promise: what is promised of false alarms, in a sentence, at `/cameras` alone.
        drift: whether it still sees what it used to see, at `/cameras` alone.
    """

    name: str
    state: CameraState
    fps: float
    source_fps: float
    priority: int
    overloaded: bool
    last_frame_at: float | None
    reconnects: int
    reason: str | None
    notes: tuple[str, ...]
    threshold: float | None
    armed: bool = True
    armed_kinds: tuple[Kind, ...] = KINDS
    usual: UsualScores | None = None
    origin: Origin = "file"
    version: int = 0
    configured_version: int = 0
    background: str | None = None
    paused: bool = False
    zones: tuple[ShownZone, ...] = ()
    min_height_px: float | None = None
    alarms_per_day: float | dict[Kind, float] | None = None
    promise: str | None = None
    drift: DriftName = "ok"


class CameraDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What is set of a camera.

    Attributes:
        origin: whether it is the site file's or was added over the API.
        version: of the site when this was last changed over the API; 0: never.
        settings: as in the site's file, all of them; addresses without user and password.
        overridden: the settings in whose place the API's hold, of a camera of the file.
    """

    name: str
    origin: Origin
    version: int
    settings: dict[str, Any]
    overridden: tuple[str, ...] = ()


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is shown behind a camera's skeletons, as it is kept.

    Attributes:
        tag: another one for another picture.
    """

    tag: str
    width_px: int
    height_px: int


class ProbeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to probe: a source, or a camera of the site by its stored address.

    Attributes:
        source: as in the site's file.
        transport: of RTSP: `auto` takes TCP, and UDP where the camera refuses TCP.
    """

    source: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    camera: str | None = None
    transport: Transport = "auto"


class ProbedSource(msgspec.Struct, frozen=True):
    """What a source delivered.

    Attributes:
        address: without user and password.
        kind: stream, device, file or poses.
        reason: why it delivers nothing; `open` when it delivers pictures or poses.
        text: the same as a sentence with the remedy; of an open source, a remark.
        nominal_fps: what the source says of itself.
        first_frame_s: from the beginning until the first picture was there.
        jitter_ms: standard deviation of the time between two frames.
    """

    address: str
    kind: str
    reason: str
    text: str = ""
    codec: str | None = None
    width_px: int = 0
    height_px: int = 0
    frames: int = 0
    fps: float | None = None
    nominal_fps: float | None = None
    first_frame_s: float | None = None
    jitter_ms: float | None = None


class ProbeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a source and its substreams delivered.

    Attributes:
        substreams: other streams of the same camera.
        recommended: the smallest picture with enough lines; None without a choice.
    """

    source: ProbedSource
    substreams: list[ProbedSource] = []
    recommended: str | None = None


class DiscoveredCamera(msgspec.Struct, frozen=True, kw_only=True):
    """A camera that answered in the local network.

    Attributes:
        name, hardware: what it says of itself; empty if nothing.
        service: address of its ONVIF service.
        camera: the camera of the site that has its address; None: none yet.
    """

    address: str
    name: str
    hardware: str
    service: str
    camera: str | None


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


class LivePerson(msgspec.Struct, frozen=True, kw_only=True):
    """One person in the newest frame: 17 × (x_px, y_px, confidence), newest score or None."""

    number: int
    session: str
    joints: list[Joint]
    score: float | None


class LiveCamera(msgspec.Struct, frozen=True, kw_only=True):
    """What the page draws of one camera.

    Attributes:
        armed: an alert of some kind may open now.
        rarity_hours: by kind, how seldom the most unusual of these ten minutes is seen before this
            camera: once in so many hours, by its calibration.
    """

    name: str
    state: CameraState
    fps: float
    source_fps: float
    overloaded: bool
    reason: str | None
    threshold: float | None
    seq: int | None
    at: float | None
    width_px: int
    height_px: int
    people: list[LivePerson]
    armed: bool = True
    rarity_hours: dict[Kind, float] = {}


class LiveMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the page's feed."""

    type: Literal["live"] = "live"
    now: float
    cameras: list[LiveCamera]


class SnoozeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to keep back, until when, and why; without camera, zone and kind, all.

    Attributes:
        until: UTC seconds or ISO 8601, at most 30 days ahead; without an offset it is UTC.
        reason: a line that says why; empty where nobody said.
    """

    until: BodyTime
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    camera: str | None = None
    kind: Kind | None = None
    zone: Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS)] | None = None


class ListedSnooze(Snooze, frozen=True, kw_only=True):
    """A snooze and what it does.

    Attributes:
        active: alerts that fit it are kept back now.
        hidden: how many alerts it has kept back so far; None where the archive does not say.
    """

    active: bool
    hidden: int | None


class NoBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act that says everything by its address."""


class VerdictBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether an alert was right; truth values count as words."""

    verdict: Verdict | bool

    @property
    def word(self) -> Verdict:
        """The verdict as a word."""
        if isinstance(self.verdict, bool):
            return "true" if self.verdict else "false"
        return self.verdict


class NoteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody writes about an alert."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=NOTE_CHARACTERS)]


class ActDone(msgspec.Struct, frozen=True, kw_only=True):
    """An act that was appended.

    Attributes:
        event_id: of its event; a WebSocket that resumes after it has seen it.
    """

    event_id: str
    alert: str
    act: Act
