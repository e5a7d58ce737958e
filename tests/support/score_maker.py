"""Scores of a camera's made-up people, and what is decided about them."""

from collections.abc import Sequence
from typing import Any

from inference.alert_options import AlertOptions
from inference.alert_reports import Decision
from inference.camera_alerts import CameraAlerts
from inference.types import Position, Score
from tracker.types import PersonId


class ScoreMaker:
    """Makes the scores of a camera's people and decides about them."""

    threshold = 2.0
    options = AlertOptions(minimum_s=0.3)
    start_at = 1_700_000_000.0

    def alerts(self) -> CameraAlerts:
        """Return one that has seen nothing yet."""
        return CameraAlerts(self.threshold, self.options)

    def score(
        self,
        seq: int,
        nll: float | None,
        *,
        number: int = 1,
        session: str = "s1",
        at: float | None = None,
        x_px: float = 100.0,
    ) -> Score:
        """One window of a person of 80 px; frame `seq` is taken at start_at + seq / 10."""
        at = self.start_at + seq / 10 if at is None else at
        return Score(
            person=PersonId("gate", session, number),
            last_seq=seq,
            at=at,
            nll=nll,
            unscorable="gap" if nll is None else None,
            begin=Position(at - 23 / 24, x_px, 200.0, 80.0),
            end=Position(at, x_px, 200.0, 80.0),
            model="m",
            window=f"{seq}-{number}",
        )

    def series(self, values: Sequence[float | None], *, start: int = 0, **more: Any) -> list[Score]:
        """Scores of one person at every third frame of a camera with 10 frames a second."""
        return [self.score(start + 3 * step, nll, **more) for step, nll in enumerate(values)]

    def decided(
        self, scores: Sequence[Score], alerts: CameraAlerts | None = None
    ) -> list[Decision]:
        """Add them all to one camera."""
        alerts = alerts or self.alerts()
        return [decision for each in scores for decision in alerts.add(each)]

    def kinds(self, decisions: Sequence[Decision]) -> list[str]:
        """Name the changes without the updates, whose number is a matter of taste."""
        return [d.event.type for d in decisions if d.event.type != "updated"]
