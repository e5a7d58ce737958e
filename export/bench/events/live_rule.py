"""From a clip's record to its alerts, as the live service would have decided them.

Resampling, windows, scores and the alert rule are the product's own and work on capture time;
everything here is cheap, so that rules can be tried over and over on one extraction.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from export.bench.events.record import ClipRecord
from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.camera_alerts import CameraAlerts
from inference.eligibility import endpoints
from inference.kinds.watch import KindOptions
from inference.ports import FlowModel
from inference.rarity import OrdinaryScores
from inference.scoring import WINDOWS_AT_ONCE, score_windows
from inference.types import Alert, Kind, Score
from tracker.cues.frame import CueHistory
from tracker.options import WindowOptions
from tracker.resampling import Resampler
from tracker.types import Float32, FrameCues, FrameView, PersonId, Samples, Window


@dataclass(frozen=True, slots=True)
class LiveRule:
    """What decides; the defaults are those of a camera without options.

    Attributes:
        threshold: bits/dimension.
        ordinary: where ordinary scores lie by the model card, to learn the camera's own.
        tick_s: how often the service looks for people who are gone.
    """

    threshold: float
    windows: WindowOptions
    alerts: AlertOptions = field(default_factory=AlertOptions)
    kinds: KindOptions = field(default_factory=KindOptions)
    ordinary: OrdinaryScores | None = None
    tick_s: float = 0.5

    def camera(self) -> CameraAlerts:
        """Return the rule of a camera that has seen nothing yet."""
        return CameraAlerts(self.threshold, self.alerts, self.kinds, self.ordinary)


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """One alert of a clip; times count from the clip's first picture.

    Attributes:
        opened_s: capture time of the frame with which it was decided. What a track did that has
            vanished is decided later than it happened.
        dated_s: when it opened by its own words.
        kinds: by the time of the frame with which it was first told, every kind it has told.
        closed_s: None: it was open when the clip ended.
    """

    opened_s: float
    dated_s: float
    closed_s: float | None
    kinds: tuple[tuple[float, str], ...]
    person: str
    peak_score: float


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What the live service would have made of a clip.

    Attributes:
        scores: of all windows, scorable or not, in the order of capture; times are UTC.
        movement: for each score what the kind ``movement`` judged, on the card's scale; None where
            there is no score or it abstained.
        abstained: how often it did, by reason.
    """

    alerts: tuple[AlertSeen, ...]
    scores: tuple[Score, ...]
    movement: tuple[float | None, ...] = ()
    abstained: Mapping[str, int] = field(default_factory=dict)

    @property
    def unscorable(self) -> Counter[str]:
        """How many windows could not be scored, by reason."""
        return Counter(score.unscorable for score in self.scores if score.unscorable)


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """What one frame sends from the camera process to the rest of the service."""

    view: FrameView
    cues: FrameCues
    samples: tuple[Samples, ...]
    windows: tuple[Window, ...]


def play(record: ClipRecord, flow: FlowModel, rule: LiveRule) -> Played:
    """Decide a whole clip; at its end the camera is gone, and what is open is closed."""
    sent = send(record, rule.windows)
    return decide(record, sent, score(sent, flow), rule)


def send(record: ClipRecord, options: WindowOptions) -> list[Sent]:
    """Return what the camera process would have sent, frame by frame."""
    resampler, rings, cues = Resampler(options), Rings(options.frames), CueHistory()
    size_px, session = (record.width_px, record.height_px), record.session
    sent: list[Sent] = []
    for frame in record.frames:
        view = FrameView("events", session, frame.seq, frame.at, *size_px, frame.tracks)
        samples = resampler.advance(frame.seq, frame.at, frame.tracks)
        sent.append(
            Sent(view, cues.add(view, frame.stirs), tuple(samples), tuple(rings.push(samples)))
        )
    return sent


def score(sent: Sequence[Sent], flow: FlowModel, batch: int = WINDOWS_AT_ONCE) -> list[Score]:
    """Return the scores of all windows, in the order of capture.

    Args:
        batch: windows scored in one call.
    """
    windows = [window for frame in sent for window in frame.windows]
    return list(_scored(windows, flow, batch))


def decide(
    record: ClipRecord,
    sent: Sequence[Sent],
    scores: Sequence[Score],
    rule: LiveRule,
    alerts: CameraAlerts | None = None,
    watch: Callable[[float, CameraAlerts], None] = lambda _at, _alerts: None,
) -> Played:
    """Feed the alert rule frame by frame, as if every score came at once.

    Args:
        alerts: of a camera that has been running; None: the clip is all it has seen.
        watch: is shown the rule after the cues of each frame, with its capture time.
    """
    alerts = rule.camera() if alerts is None else alerts
    log, movement, abstained = _AlertLog(record), list[float | None](), Counter[str]()
    waiting = deque(scores)
    tick_at = -np.inf
    for frame in sent:
        at = frame.view.at
        log.note(at, alerts.add_cues(frame.cues))
        watch(at, alerts)
        for _ in frame.windows:
            score = waiting.popleft()
            log.note(at, alerts.add(score))
            if (reason := alerts.abstention(score)) is not None:
                abstained[reason] += 1
            movement.append(_judged(alerts, score, rule.ordinary))
        if at >= tick_at:
            present = {track.person.number for track in frame.view.tracks}
            log.note(at, alerts.expire(at, present))
            tick_at = at + rule.tick_s
    log.ended()
    # What only the end decides would have needed so long to be decided.
    ended_at = (sent[-1].view.at if sent else record.begin_at) + rule.kinds.fall.gone_s
    log.note(ended_at, alerts.close_all())
    return Played(log.alerts(), tuple(scores), tuple(movement), abstained)


def _judged(alerts: CameraAlerts, score: Score, ordinary: OrdinaryScores | None) -> float | None:
    """Return what movement makes of a score."""
    if score.nll is None or alerts.abstention(score) is not None:
        return None
    usual = alerts.usual
    if ordinary is None or usual is None:
        return score.nll
    card = ordinary.card
    return card.mean + (score.nll - usual.mean) / usual.spread * card.spread


class Rings:
    """The last T samples of everybody, as the window store keeps them."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._rings: dict[PersonId, deque[Float32]] = {}

    def push(self, samples: Sequence[Samples]) -> Iterator[Window]:
        """Append one frame's samples; yield the windows that are due and complete."""
        for sample in samples:
            ring = self._rings.setdefault(sample.person, deque(maxlen=self._frames))
            if sample.restarts:
                ring.clear()
            ring.extend(sample.joints)
            if sample.due and len(ring) == self._frames:
                yield Window(sample.person, sample.seq, sample.at, np.stack(ring))


def _scored(windows: Sequence[Window], flow: FlowModel, batch: int) -> Iterator[Score]:
    for begin in range(0, len(windows), batch):
        part = windows[begin : begin + batch]
        results = score_windows(flow, np.stack([window.joints for window in part]))
        ends = endpoints(part, fps=flow.card.fps)
        for number, (window, (nll, reason), (first, last)) in enumerate(
            zip(part, results, ends, strict=True), start=begin
        ):
            yield Score(
                person=window.person,
                last_seq=window.last_seq,
                at=window.at,
                nll=nll,
                unscorable=reason,
                begin=first,
                end=last,
                model=flow.card.weights_hash,
                window=str(number),
            )


@dataclass(slots=True)
class _Open:
    decided_at: float
    dated_at: float
    person: str
    peak_score: float
    kinds: dict[str, float] = field(default_factory=dict)
    closed_at: float | None = None


class _AlertLog:
    """Collects a clip's alerts from the events that told of them."""

    def __init__(self, record: ClipRecord) -> None:
        self._record = record
        self._alerts: dict[str, _Open] = {}
        self._over = False

    def note(self, at: float, decisions: Sequence[Decision]) -> None:
        """Take in what was decided with the frame of this capture time."""
        for decision in decisions:
            alert = decision.event.alert
            known = self._alerts.setdefault(
                alert.id, _Open(at, alert.opened_at, alert.person, alert.peak_score)
            )
            known.peak_score = alert.peak_score
            for kind in kinds_of(alert):
                known.kinds.setdefault(kind, at)
            if decision.event.type == "closed" and not self._over:
                known.closed_at = alert.closed_at

    def ended(self) -> None:
        """The clip is over: what closes from now on was open until its end."""
        self._over = True

    def alerts(self) -> tuple[AlertSeen, ...]:
        """Return the alerts in the order of their opening."""
        time_s = self._record.time_s
        return tuple(
            AlertSeen(
                time_s(one.decided_at),
                time_s(one.dated_at),
                None if one.closed_at is None else time_s(one.closed_at),
                tuple((time_s(at), kind) for kind, at in one.kinds.items()),
                one.person,
                one.peak_score,
            )
            for one in sorted(self._alerts.values(), key=lambda one: one.decided_at)
        )


def kinds_of(alert: Alert) -> tuple[Kind, ...]:
    """Return all kinds of an alert, the most severe first."""
    return tuple(each.kind for each in alert.kinds) or (alert.kind,)
