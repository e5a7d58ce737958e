"""Scoring with a second model beside the live one."""

from dataclasses import dataclass, field

import pytest
from support.alert_site import NeckFlow
from support.small_model import walk
from support.stores import NOW

from inference.ports import Claim, FlowModel
from inference.types import Position, Score
from service.adapters.memory.shadow import MemoryShadowScores
from service.operations.shadow_scoring import BATCH, BEHIND_S, WAITING_BOUND, ShadowScorer
from service.ports.shadow import ShadowScore
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.types import Float32, PersonId, Window


class FailingFlow(NeckFlow):
    """A model that fails at every window."""

    def nll(self, windows: Float32) -> Float32:  # noqa: ARG002 -- the port's
        raise ZeroDivisionError


@dataclass
class Rig:
    """A scorer, and what it wrote."""

    shadow: FlowModel | None = field(default_factory=NeckFlow)
    now: float = NOW

    def __post_init__(self) -> None:
        self.sink, self.telemetry = MemoryShadowScores(), InMemoryTelemetry()
        self.scorer = ShadowScorer(
            lambda: self.shadow, self.sink, telemetry=self.telemetry, clock=lambda: self.now
        )

    def offer(self, number: int, *, at: float = NOW) -> None:
        """Offer windows whose live scores are 1.5."""
        joints = walk(1)[0]
        claims = [
            Claim(f"{seq}-1", Window(PersonId("gate", "s", 1), seq, at, joints))
            for seq in range(number)
        ]
        place = Position(at, 1.0, 2.0, 80.0)
        scores = [
            Score(c.window.person, c.window.last_seq, at, 1.5, None, place, place, "m", c.reference)
            for c in claims
        ]
        self.scorer.offer(claims, scores)

    def written(self) -> list[ShadowScore]:
        """Return the shadow's scores."""
        return [each for _, each in self.sink.read({"gate": "0"}).get("gate", [])]

    def dropped(self, reason: str) -> float:
        return self.telemetry.value("shadow_windows_dropped_total", reason=reason)


def test_a_window_has_both_scores(caplog: pytest.LogCaptureFixture) -> None:
    """Each with the hash of its model; the cost is counted."""
    rig = Rig()
    rig.offer(2)
    rig.scorer.step()
    first = rig.written()[0]
    windows, cpu_s = rig.sink.cost()

    assert (first.live, first.live_model) == (1.5, "m")
    assert first.score.nll == pytest.approx(NeckFlow().nll(walk(1)[:, :2, :, :1])[0])
    assert (windows, rig.telemetry.value("shadow_windows_total")) == (2, 2)
    assert cpu_s > 0
    assert caplog.text == ""


def test_too_many_windows_cost_the_shadow_alone() -> None:
    """What waits is bounded; what does not fit is counted, and offering returns at once."""
    rig = Rig()
    rig.offer(WAITING_BOUND + 10)
    rig.scorer.step()

    assert rig.dropped("busy") == 10
    assert len(rig.written()) == BATCH


def test_a_worker_that_is_late_spares_the_shadow() -> None:
    """Live windows come first."""
    rig = Rig(now=NOW + BEHIND_S + 0.1)
    rig.offer(3)
    rig.scorer.step()

    assert rig.dropped("behind") == 3
    assert rig.written() == []


def test_without_a_shadow_nothing_waits() -> None:
    """Nor is anything counted as dropped."""
    rig = Rig(shadow=None)
    rig.offer(3)
    rig.shadow = NeckFlow()
    rig.scorer.step()

    assert rig.written() == []
    assert rig.dropped("busy") == 0


def test_a_shadow_that_fails_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, and counted; the scorer goes on."""
    rig = Rig(shadow=FailingFlow())
    for _ in range(2):
        rig.offer(2)
        rig.scorer.step()

    assert rig.dropped("failed") == 4
    assert caplog.text.count("the shadow fails") == 1


def test_a_store_that_is_away_costs_the_shadow_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its scores are dropped and counted."""

    def put(*_: object) -> None:
        raise StoreUnavailable("away")

    rig = Rig()
    monkeypatch.setattr(rig.sink, "put", put)
    rig.offer(2)
    rig.scorer.step()

    assert rig.dropped("store") == 2
