"""Matches the events that cameras saw with the alerts that the site sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from support.chaos.truth import LASTS_S, Expected
from support.chaos.watching import AlertMessage, Session, Subscriber

# A window of the model is one second; a little more, because the time grid restarts after a gap.
BEFORE_S, AFTER_S = 1.5, 0.5


@dataclass(frozen=True, slots=True)
class Blind:
    """A time in which frames could not be pushed, so events in it may be missed."""

    begin_s: float
    end_s: float

    def meets(self, begin_s: float, end_s: float) -> bool:
        """Return whether it overlaps another time."""
        return self.begin_s < end_s and begin_s < self.end_s


@dataclass(slots=True)
class Verdict:
    """One event that happened, and the alerts that were opened for it.

    Attributes:
        at_s: when its alert was due.
        seen: nothing interrupted its frames until its alert was due.
        partings: number of interruptions until its alert was due to close.
        undisturbed: number of alerts that it raises where nothing interrupts it.
    """

    camera: str
    at_s: float
    seen: bool
    partings: int
    alerts: list[AlertMessage] = field(default_factory=list)
    undisturbed: int = 1

    @property
    def lost(self) -> bool:
        """It was seen, but raised no alert."""
        return self.seen and not self.alerts

    @property
    def doubled(self) -> bool:
        """It raised more alerts than undisturbed, and one more for each interruption."""
        return len(self.alerts) > self.undisturbed + self.partings


def match_alerts(
    sessions: Sequence[Session],
    truth: Mapping[str, Sequence[Expected]],
    subscriber: Subscriber,
    blind: Sequence[Blind],
    fps: float,
) -> tuple[list[Verdict], list[AlertMessage]]:
    """Return all events with their alerts, and the alerts without an event."""
    opened = subscriber.opened()
    verdicts: list[Verdict] = []
    for session in sessions:
        ours = [each for each in opened if _session(each) == (session.camera, session.name)]
        for event in truth[session.camera]:
            verdict = _happened(session, event, blind, fps)
            if verdict is None:
                continue
            for message in ours:
                play_s = session.play_s(message.event["alert"]["opened_at"], fps)
                if event.begin_s - AFTER_S <= play_s < event.begin_s + LASTS_S:
                    verdict.alerts.append(message)
            verdicts.append(verdict)
    matched = {message.id for verdict in verdicts for message in verdict.alerts}
    return verdicts, [message for message in opened if message.id not in matched]


def _happened(
    session: Session, event: Expected, blind: Sequence[Blind], fps: float
) -> Verdict | None:
    """Return the verdict of an event, without alerts yet; None if the session ended before it."""
    if session.when(event.begin_s, fps) is None:
        return None
    begin_play_s = max(event.begin_s - BEFORE_S, 0.0)
    begin_s = session.when(begin_play_s, fps)
    due_s, closed_s = (
        session.when(play_s + AFTER_S, fps) if event.sure else None
        for play_s in (event.opened_s, event.closed_s)
    )
    last_s = session.seen[-1][2]
    assert begin_s is not None  # it came before what was seen
    seen = (
        due_s is not None
        and not any(each.meets(begin_s, due_s) for each in blind)
        and session.is_whole(begin_play_s, event.opened_s + AFTER_S, fps)
    )
    end_s = closed_s or last_s
    partings = sum(each.meets(begin_s, end_s) for each in blind)
    partings += session.holes(begin_s, end_s)
    at_s = last_s if due_s is None else due_s
    return Verdict(session.camera, at_s, seen, partings, undisturbed=event.alerts)


def _session(message: AlertMessage) -> tuple[str, str]:
    camera, session, _ = message.event["alert"]["person"].split("/")
    return camera, session
