"""What the alert loop and the API need from outside. Adapters inherit these by name."""

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from inference.ports import Claim, ScoreResult
from inference.scoring import PoseSequence
from inference.telemetry import WorkerTelemetry
from inference.types import Act, Alert, AlertEvent, AlertPoses, Score
from service.metric_names import SiteCounter, SiteGauge, SiteHistogram
from service.system_events import StreamEvent
from service.types import WorkerStatus
from tracker.types import CameraStatus, FrameCues, FrameView, Samples, Window


class Leases(Protocol):
    """Leases on cameras: one owner at a time; a lease expires unless renewed."""

    def acquire_or_renew(self, cameras: Sequence[str], at_most: int | None = None) -> list[str]:
        """Acquire or renew the leases that are free or ours; return those we hold now.

        Args:
            at_most: how many of these we may hold in the end.
        """
        ...

    def release(self, cameras: Sequence[str] | None = None) -> None:
        """Release these or all our leases, so that a successor need not wait for them to expire."""
        ...


@dataclass(frozen=True, slots=True)
class Term:
    """One process's time of deciding about a camera.

    Attributes:
        number: higher than that of every process that decided about it before, as far as the
            store remembers them; `AlertSink.begin` tells where it does not.
        idle_s: since another process last held the lease; None: none ever did, or it is still us.
    """

    number: int
    idle_s: float | None = None


class DecisionLeases(Leases, Protocol):
    """Leases to decide about cameras. Whoever takes one over begins a term of its own.

    A lease that expired, and that nobody else took meanwhile, is renewed in the same term.
    """

    def term(self, camera: str) -> Term:
        """Return in which term we hold a camera; asked after it was acquired or renewed."""
        ...

    def begin_later(self, camera: str, than: int) -> int | None:
        """Begin a term later than this one of a camera that we hold; return its number.

        None, and nothing has begun, where its lease is not ours any more: who holds it has begun
        a later term itself.
        """
        ...


DECIDERS = "deciders"  # the work that processes share whose membership says that they decide


class Claims(Leases, Protocol):
    """Leases of which others may know that somebody has them."""

    def held_by_others(self, cameras: Sequence[str]) -> list[str]:
        """Return those of these that another owner holds."""
        ...


class Membership(Protocol):
    """The processes that share a site's work."""

    def heartbeat(self) -> int:
        """Send a heartbeat; return how many processes sent one recently, ours included."""
        ...

    def leave(self) -> None:
        """Leave, so that the others stop counting us."""
        ...

    def count(self) -> int:
        """Return how many sent a heartbeat recently, without sending one."""
        ...


class ScoreFeed(Protocol):
    """Scores, per camera, in the order the workers wrote them."""

    def read(self, after: dict[str, str], wait_s: float) -> dict[str, list[tuple[str, Score]]]:
        """Return new (entry id, score) pairs per camera.

        Scores that were written together share an entry, and come in one read.

        Args:
            after: per camera, the entry id to read after; "0" is the beginning.
            wait_s: how long to wait for the first.
        """
        ...


class CueFeed(Protocol):
    """What cameras' frames show of people besides joints, in the order of capture."""

    def read(self, after: dict[str, str]) -> dict[str, list[tuple[str, FrameCues]]]:
        """Return new (entry id, cues) pairs per camera, at once.

        Args:
            after: per camera, the entry id to read after; "0" is the beginning.
        """
        ...


class EpisodeStore(Protocol):
    """The alert loop's state per camera, so that a successor continues open episodes."""

    def load(self, camera: str) -> bytes | None:
        """Return what was saved last."""
        ...

    def save(self, camera: str, state: bytes, term: int) -> bool:
        """Replace it; return False (and write nothing) when a later term has begun."""
        ...


class AlertSink(Protocol):
    """Stores alerts and publishes their changes."""

    def begin(self, camera: str, term: int) -> int:
        """Refuse from now on what is put of this camera in earlier terms; return the newest.

        Where that is another one, a later one has begun: what is put in ours is refused too.
        To be called before the camera's saved state is read: a process that hung while its lease
        expired must not write what the next one knows nothing of.
        """
        ...

    def put(self, event: AlertEvent, poses: AlertPoses | None, term: int | None = None) -> bool:
        """Write one event once; return False when this version was already written.

        Args:
            poses: replaces the alert's clip when given.
            term: in which it was decided; once a later one has begun nothing is written.
        """
        ...


class ActLog(Protocol):
    """Publishes what people do about alerts, among the changes of the alerts."""

    def append(self, act: Act, alert: Alert) -> str:
        """Append an act once; return the id of its event.

        Args:
            act: of an id that was appended within the last day, its first event counts.
            alert: what the event tells where Redis does not have the alert any more.

        Raises:
            StoreUnavailable: Redis did not answer; appended again, it counts once.
        """
        ...


class AlertFeed(Protocol):
    """Alert events in the order they were written; asynchronous, for it feeds the WebSocket."""

    async def last_id(self) -> str:
        """Return the id of the newest event ever, "0-0" before the first.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        ...

    async def is_trimmed(self, after: str) -> bool:
        """Tell whether events after this one may be gone, so that a replay would have a hole.

        Raises:
            ValueError: this is no event's id.
            StoreUnavailable: Redis did not answer.
        """
        ...

    def tail(self, after: str) -> AsyncGenerator[tuple[str, StreamEvent], None]:
        """Yield the events after this one, old ones first, then new ones as they come, without end.

        Raises:
            ValueError: this is no event's id.
            StoreUnavailable: Redis did not answer; continue after the last event that came.
        """
        ...


class AlertForgetter(Protocol):
    """Forgets alerts for good."""

    def forget(self, alerts: Sequence[str]) -> None:
        """Forget these closed alerts, their clips and their events.

        Raises:
            StoreUnavailable: Redis did not answer; some may be forgotten.
        """
        ...


class AlertHistory(Protocol):
    """Alerts past and present."""

    def page(
        self, *, camera: str | None, since: float | None, cursor: str | None, limit: int
    ) -> tuple[list[Alert], str | None]:
        """Return alerts, newest first, and the cursor of the next page or None.

        Raises:
            ValueError: the cursor is not one of ours.
        """
        ...

    def get(self, alert_id: str) -> tuple[Alert, AlertPoses | None] | None:
        """Return one alert and its clip."""
        ...


class WindowArchive(Protocol):
    """Windows that were scored recently."""

    def fetch(self, camera: str, reference: str) -> Window | None:
        """Return the window of `Score.window`, or None when it is already trimmed."""
        ...


class Scoring(Protocol):
    """Computes the scores that `POST /score` returns: in this process or in the workers."""

    @property
    def needs_workers(self) -> bool:
        """Whether scoring needs a worker."""
        ...

    @property
    def at_once(self) -> int:
        """How many calls of `score_all` can be under way at once before they only wait."""
        ...

    def is_instant(self) -> bool:
        """Tell whether `score_all` computes now without waiting for anybody."""
        return False

    def score_all(
        self, sequences: Sequence[PoseSequence], within_s: Sequence[float]
    ) -> Iterator[tuple[int, ScoreResult | Exception]]:
        """Score the windows at every start of each; yield (number, result) as results come.

        Args:
            sequences: at the model's rate each at least one window.
            within_s: how long each may take.

        Returns:
            one result of each; ScoringUnavailable where no worker scored it in time.

        Raises:
            StoreUnavailable: Redis did not answer; those not yielded have no result.
        """
        ...


class SiteStatus(Protocol):
    """The status of cameras and workers."""

    def cameras(self) -> dict[str, CameraStatus]:
        """Return each camera's last status; a silent camera is lost."""
        ...

    def views(self, cameras: Sequence[str]) -> dict[str, FrameView]:
        """Return the newest view of those cameras that have one."""
        ...

    def latest_nll(self, camera: str) -> dict[str, float]:
        """Return the newest nll per person (`str(PersonId)`) of the last seconds."""
        ...

    def workers(self) -> list[WorkerStatus]:
        """Return the workers that sent a heartbeat in the last seconds."""
        ...


STILL_BYTES = 1_000_000
STILL_LIFE_S = 3.0


class Stills(Protocol):
    """Pictures of cameras on their way to who asked for one; none lasts longer than STILL_LIFE_S.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def want(self, camera: str) -> None:
        """Ask for a picture."""
        ...

    def is_wanted(self, camera: str) -> bool:
        """Tell whether somebody has asked within STILL_LIFE_S and got none yet."""
        ...

    def put(self, camera: str, picture: bytes) -> None:
        """Give a picture, JPEG; one above STILL_BYTES is not kept."""
        ...

    def get(self, camera: str) -> bytes | None:
        """Return the picture that was given last, if that is not too long ago."""
        ...


class SiteTelemetry(WorkerTelemetry, Protocol):
    """Telemetry that knows every metric of a site."""

    def count(self, name: SiteCounter, amount: float = 1.0, **labels: str) -> None:
        """Add to a counter."""
        ...

    def observe(self, name: SiteHistogram, value: float, **labels: str) -> None:
        """Add one value, in seconds or plain numbers, to a histogram."""
        ...

    def gauge(self, name: SiteGauge, value: float, **labels: str) -> None:
        """Set a gauge."""
        ...

    def forget_gauges(self, names: Collection[SiteGauge], **labels: str) -> None:
        """Drop the series of gauges with these labels: another process sets them from now on."""
        ...


class Traces(Protocol):
    """Receives traces for a sample of frames."""

    def frame(self, view: FrameView, samples: Sequence[Samples]) -> AbstractContextManager[str]:
        """Trace a frame until its windows are pushed; yield their traceparent, "" for none."""
        ...

    def scored(self, claims: Sequence[Claim], taken_at: float) -> None:
        """Record windows that were scored, taken at this time (UTC seconds)."""
        ...

    def alerted(self, alert: Alert, trace: str) -> None:
        """Record an alert that the window of this traceparent opened."""
        ...


class _NoTraces(Traces):
    _nothing = nullcontext("")

    def frame(self, view: FrameView, samples: Sequence[Samples]) -> AbstractContextManager[str]:  # noqa: ARG002 -- the port's
        return self._nothing

    def scored(self, claims: Sequence[Claim], taken_at: float) -> None:
        pass

    def alerted(self, alert: Alert, trace: str) -> None:
        pass


NO_TRACES: Traces = _NoTraces()
