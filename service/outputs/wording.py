"""Titles and texts of messages, for people. One `Wording` for each language."""

from typing import Protocol

from inference.types import Act, Alert, Kind, Severity
from service.outputs.message import MessageEvent, Summary
from service.outputs.moments import SiteZone, in_utc, time_text
from service.outputs.why import WhyWords, why_sentence
from service.system_events import SystemEvent


class Wording(Protocol):
    """The texts of one language."""

    def alert(self, event: MessageEvent, alert: Alert, grouped: int) -> tuple[str, str]:
        """Return title and text of an alert's change.

        Args:
            grouped: how many alerts of its camera were kept back before it.
        """
        ...

    def act(self, act: Act, alert: Alert) -> tuple[str, str]:
        """Return title and text of what somebody did."""
        ...

    def system(self, event: SystemEvent) -> tuple[str, str]:
        """Return title and text of what is wrong with the service, or is right again."""
        ...

    def line(self, alert: Alert) -> str:
        """Return an alert in a line."""
        ...

    def summary(self, summary: Summary) -> tuple[str, str]:
        """Return title and text of several alerts."""
        ...

    def test(self, output: str) -> tuple[str, str]:
        """Return title and text of a message that is sent by hand."""
        ...

    def action(self, action: str) -> str:
        """Return the label of a link that acts."""
        ...


KINDS: dict[Kind, str] = {
    "dwell": "Long stay",
    "movement": "Unusual movement",
    "running": "Running",
    "fight": "Fight",
    "fall": "Fall",
    "person_down": "Person down",
}
SEVERITIES: dict[Severity, str] = {
    "notice": "Notice",
    "warning": "Warning",
    "critical": "Critical",
}
SYSTEM = {
    "camera-lost": "Camera {camera} is lost",
    "cameras-lost": "Many cameras are lost",
    "canary-failed": "The service fails its own test",
    "no-worker": "No worker scores",
    "no-decider": "Nobody decides alerts",
    "replicas-behind": "Redis' replicas do not follow",
    "store-full": "{subject} is nearly full",
    "clocks-differ": "The clocks of the role {subject} and of Redis differ",
    "output-failing": "Output {subject} fails",
    "drift": "Camera {camera} does not see what it used to see",
    "calibration": "Camera {camera}: calibration",
    "model": "The model was not changed",
}
BACK = {
    "camera-lost": "Camera {camera} is back",
    "cameras-lost": "The cameras are back",
    "canary-failed": "The service passes its own test again",
    "no-worker": "A worker scores again",
    "no-decider": "Alerts are decided again",
    "replicas-behind": "Redis' replicas follow again",
    "store-full": "{subject} has room again",
    "clocks-differ": "The clocks of the role {subject} agree with Redis' again",
    "output-failing": "Output {subject} delivers again",
    "drift": "Camera {camera} sees what it used to see",
    "calibration": "Camera {camera}: calibration",
    "model": "Another model scores",
}
WHY = WhyWords(
    what={
        "fall": "Fell within {within} s",
        "fall_fast": "Fell fast",
        "down": "Fell within {within} s and stayed down for {lasted}",
        "down_fast": "Fell fast and stayed down for {lasted}",
        "running": "Ran {times} times as fast as people usually go here",
        "running_walk": "Ran {times} times as fast as people walk",
        "fight": "Two people close together moved violently for {lasted}",
        "fight_strikes": "Two people struck at each other for {lasted}",
        "fight_shoves": "Two people pushed each other for {lasted}",
        "dwell": "Stayed in zone {zone} for {lasted}; the limit is {limit}",
        "movement": "Moved in an unusual way",
        "movement_part": "Moved in an unusual way, most of all the {part}",
    },
    here={
        "fall": "the most fall-like movement in {time} here",
        "running": "the fastest run in {time} here",
        "fight": "the most violent movement in {time} here",
        "movement": "the most unusual movement in {time} here",
    },
    ordinary="one person ordinarily does so once in {time}",
    beyond="rarer than anything in 1000 hours of ordinary footage",
    parts={
        "head": "head",
        "trunk": "trunk",
        "arms": "arms",
        "left_arm": "left arm",
        "right_arm": "right arm",
        "legs": "legs",
        "left_leg": "left leg",
        "right_leg": "right leg",
    },
    times={
        "seconds": ("{count} s", "{count} s"),
        "minutes": ("{count} minute", "{count} minutes"),
        "hours": ("{count} hour", "{count} hours"),
        "days": ("{count} day", "{count} days"),
    },
    sentence="{what}.",
    rare="{what}; {rare}.",
)
ACTIONS = {
    "acknowledge": "Acknowledge",
    "snooze": "Snooze this camera for 1 h",
    "not-an-alarm": "Not an alarm",
}


class English(Wording):
    """English; times are the site's.

    Args:
        zone: of the site.
    """

    def __init__(self, zone: SiteZone = in_utc) -> None:
        self._zone = zone

    def alert(self, event: MessageEvent, alert: Alert, grouped: int) -> tuple[str, str]:
        what = f"{KINDS[alert.kind]} at {alert.camera}"
        begins = {
            "updated": f"{what}, update",
            "closed": f"{what} is over",
            "raised": f"{what}: needs attention again",
            "escalated": f"Nobody has acknowledged: {what[0].lower()}{what[1:]}",
        }
        parts = [f"{SEVERITIES[alert.severity]}, {self._time(alert.opened_at)}."]
        if alert.explanation is not None:
            parts.append(why_sentence(alert.explanation, WHY))
        elif alert.reason:
            parts.append(_sentence(alert.reason))
        if alert.closed_at is not None:
            parts.append(f"It lasted {alert.closed_at - alert.opened_at:.0f} s.")
        if grouped:
            parts.append(f"And {grouped} more at {alert.camera} since the last message.")
        return begins.get(event, what), " ".join(parts)

    def act(self, act: Act, alert: Alert) -> tuple[str, str]:
        what = f"{KINDS[alert.kind].lower()} at {alert.camera}"
        did = {
            "acknowledged": f"Acknowledged: {what}",
            "verdict": f"Judged {act.verdict}: {what}",
            "note": f"Note: {what}",
        }
        by = f"By {act.author}, {self._time(act.at)}."
        return did.get(act.type, what), f"{by} {act.text}" if act.text else by

    def system(self, event: SystemEvent) -> tuple[str, str]:
        names = SYSTEM if event.state == "raised" else BACK
        title = names[event.type].format(camera=event.camera, subject=event.subject)
        said = [event.reason, event.remedy]
        return title, " ".join(_sentence(each) for each in said if each) or self._time(event.at)

    def line(self, alert: Alert) -> str:
        over = "" if alert.closed_at is None else f", {alert.closed_at - alert.opened_at:.0f} s"
        return f"{self._time(alert.opened_at)} {KINDS[alert.kind]} at {alert.camera}{over}"

    def summary(self, summary: Summary) -> tuple[str, str]:
        alerts = f"{summary.count} alert{'' if summary.count == 1 else 's'}"
        why = "while this output could not be reached" if summary.late else "grouped"
        title = f"{alerts} {why}" if summary.count else self.system(summary.system[0])[0]
        more = summary.count - len(summary.lines)
        lines = [f"{line.text} {line.url or ''}".strip() for line in summary.lines]
        lines += [f"and {more} more"] if more else []
        lines += [f"{self._time(event.at)} {self.system(event)[0]}" for event in summary.system]
        between = f"From {self._time(summary.since)} to {self._time(summary.until)}."
        return title, "\n".join([between, *lines])

    def test(self, output: str) -> tuple[str, str]:
        return "Test of posewarden", f"This is a test of output {output}; nothing has happened."

    def action(self, action: str) -> str:
        return ACTIONS[action]

    def _time(self, at: float) -> str:
        return time_text(at, self._zone())


def _sentence(text: str) -> str:
    """Return text with a capital and a full stop."""
    begun = text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?")) else begun + "."
