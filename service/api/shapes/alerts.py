"""Shapes of `/alerts`: an alert, its clip, and how unusual its person was over time."""

import msgspec

from inference.types import Act, Alert, Kind, Verdict
from service.api.shapes.poses import Joint


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
