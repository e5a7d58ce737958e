"""Messages as outputs get them: one of each event."""

from inference.types import Act, AlertPoses
from service.outputs.message import ActionLink, Line, Links, Message, Summary
from service.system_events import SystemEvent
from support.archives import alert

POSES = AlertPoses(
    fps=24.0,
    poses=[[(10.0 * joint, 5.0 * frame, 0.9) for joint in range(17)] for frame in range(3)],
    joint_map=[[0.25] * 18 for _ in range(3)],
)
LINKS = Links(
    alert="https://warden.example/#alert-a",
    actions=(
        ActionLink("acknowledge", "Acknowledge", "https://warden.example/links/t1"),
        ActionLink("snooze", "Snooze 1 h", "https://warden.example/links/t2"),
        ActionLink("not-an-alarm", "Not an alarm", "https://warden.example/links/t3"),
    ),
)


def opened(name: str = "a", version: int = 1) -> Message:
    """An alert that opened, with its clip and links."""
    one = alert(name, 1_800_000_000.0, version=version, kind="fall", severity="critical")
    return Message(
        key=f"{name}-{version}",
        collapse=name,
        event="opened",
        at=one.opened_at,
        title="Fall at gate",
        text="Somebody fell.",
        alert=one,
        links=LINKS,
        poses=lambda: POSES,
    )


def acknowledged() -> Message:
    """Somebody has seen it."""
    act = Act(id="act-1", at=1_800_000_060.0, author="kim", type="acknowledged")
    return Message(
        key="a-act-1",
        collapse="a",
        event="acknowledged",
        at=act.at,
        title="Acknowledged: fall at gate",
        text="By kim.",
        alert=alert("a", 1_800_000_000.0),
        act=act,
    )


def system() -> Message:
    """A camera is lost."""
    event = SystemEvent(
        id="s1",
        type="camera-lost",
        camera="gate",
        state="raised",
        at=1_800_000_000.0,
        reason="no answer",
        remedy="look at its cable",
    )
    return Message(
        key="s1-raised",
        collapse="s1",
        event="system",
        at=event.at,
        title="Camera gate is lost",
        text="no answer; look at its cable",
        system=event,
    )


def summary() -> Message:
    """Three alerts were missed."""
    alerts = [alert(name, 1_800_000_000.0 + at) for at, name in enumerate("abc")]
    lines = tuple(
        Line(alert=one, text="Movement at gate", url=f"https://warden.example/#alert-{one.id}")
        for one in reversed(alerts)
    )
    return Message(
        key="summary-1",
        collapse="summary-1",
        event="summary",
        at=1_800_000_600.0,
        title="3 alerts while this output could not be reached",
        text="Movement at gate, three times.",
        summary=Summary(
            count=3, since=alerts[0].opened_at, until=alerts[-1].opened_at, lines=lines, late=True
        ),
    )


def by_hand() -> Message:
    """Sent by hand."""
    return Message(
        key="test-1",
        collapse="test-1",
        event="test",
        at=1_800_000_000.0,
        title="Test of posewarden",
        text="This is a test; nothing happened.",
    )


def one_of_each() -> list[Message]:
    """Every shape that an output must be able to send."""
    return [opened(), opened(version=2), acknowledged(), system(), summary(), by_hand()]
