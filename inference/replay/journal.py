"""Writes down what a camera's rules are told, until the state is saved. Pure."""

from collections.abc import Callable, Collection

from inference.alert_reports import Decision
from inference.camera_alerts import CameraAlerts
from inference.replay.record import (
    AllClosed,
    CuesAdded,
    Expired,
    JointsNamed,
    Rules,
    ScoreAdded,
    Step,
)
from inference.types import Kind, Score
from inference.usual_score import UsualScore
from tracker.types import FrameCues

# Some seconds of a crowded camera; the state is saved every half second.
STEPS_BOUND = 3_000


class JournaledAlerts:
    """Camera alerts, with what they were told since they were saved.

    Attributes:
        alerts: the rules themselves; ask them everything that changes nothing.
        before: the state that was saved last, from which the steps lead to the present one.
        steps: what they were told since.
        armed: what was answered since to whether kinds may begin.
        overflown: more came than is kept: nothing can be replayed until the next save.

    Raises:
        ValueError: another version of this code wrote the state.
    """

    def __init__(
        self, rules: Rules, state: bytes | None, armed: Callable[[Kind, float], bool]
    ) -> None:
        self.armed: list[bool] = []

        def ask(kind: Kind, at: float) -> bool:
            answer = armed(kind, at)
            if not self.overflown:
                self.armed.append(answer)
            return answer

        self.rules = rules
        self.alerts = alerts_by(rules, state, ask)
        self.saved(self.alerts.to_bytes())

    def follow(self, rules: Rules) -> None:
        """Decide by other rules from now on; what is open stays open."""
        self.alerts = self.alerts.with_rules(rules.threshold, rules.kinds, rules.ordinary)
        self.alerts.use_zones(rules.zones)
        self.alerts.set_thresholds(rules.thresholds, rules.snapshot)
        self.rules = rules
        self.saved(self.alerts.to_bytes())

    def change_model(
        self,
        rules: Rules,
        model: str,
        scale: Callable[[float], float],
        usual: UsualScore | None,
    ) -> None:
        """Go on by the rules and with the scores of another model; what is open stays open."""
        self.alerts.change_model(model, scale, usual)
        self.follow(rules)

    def saved(self, state: bytes) -> None:
        """Begin anew from the present state: what came before is in it."""
        self.before, self.overflown = state, False
        self.steps: list[Step] = []
        self.armed.clear()

    def accept(self, score: Score) -> list[Decision]:
        """Add a score that has no `rejection`; return what changes."""
        self._note(ScoreAdded(score))
        return self.alerts.accept(score)

    def add_cues(self, frame: FrameCues) -> list[Decision]:
        """Add what a frame shows; return what changes."""
        self._note(CuesAdded(frame))
        return self.alerts.add_cues(frame)

    def expire(self, at: float, present: Collection[int]) -> list[Decision]:
        """Close the episodes of those who are gone."""
        self._note(Expired(at, tuple(sorted(present))))
        return self.alerts.expire(at, present)

    def close_all(self, at: float | None, *, for_good: bool = False) -> list[Decision]:
        """Close all episodes; those of people down, too, where it is for good."""
        self._note(AllClosed(at, for_good))
        return self.alerts.end(at) if for_good else self.alerts.close_all(at)

    def name_joints(self, alert_id: str, joints: tuple[str, ...]) -> None:
        """Remember which joints stand out in an open alert."""
        self._note(JointsNamed(alert_id, joints))
        self.alerts.name_joints(alert_id, joints)

    def _note(self, step: Step) -> None:
        if len(self.steps) < STEPS_BOUND:
            self.steps.append(step)
        else:
            self.overflown = True


def alerts_by(
    rules: Rules, state: bytes | None, armed: Callable[[Kind, float], bool]
) -> CameraAlerts:
    """Return a camera's alerts by these rules, from a state or from the beginning.

    Raises:
        ValueError: another version of this code wrote the state.
    """
    decided_by = (rules.threshold, rules.options, rules.kinds, rules.ordinary, armed)
    if state is None:
        alerts = CameraAlerts(*decided_by)
    else:
        alerts = CameraAlerts.from_bytes(state, *decided_by)
    alerts.use_zones(rules.zones)
    alerts.set_thresholds(rules.thresholds, rules.snapshot)
    return alerts
