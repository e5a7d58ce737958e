"""The canary over the road in memory, with the bundled model as the worker's."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from support.alert_site import AlertSite

from inference.flow_input import normalize
from inference.flow_onnx import OnnxFlow
from inference.types import Position, Score
from service.adapters.memory.windows import MemoryStatusStore, MemoryWindowQueue, MemoryWindowStore
from service.config.load import load
from service.monitoring.canary import (
    CAMERA,
    RUNNER,
    WALKER,
    Canary,
    CanaryDependencies,
    CanaryOptions,
    poses,
)
from service.types import WorkerStatus
from tracker.errors import StoreUnavailable
from tracker.types import FrameView, Samples

EVERY_S, WITHIN_S = 60.0, 10.0


@pytest.fixture(scope="module")
def bundled() -> OnnxFlow:
    """The model that a site runs by default."""
    return OnnxFlow(load(None).model_path, provider="cpu")


class Cage:
    """A canary on the road, with a worker that scores when told to."""

    def __init__(self, road: AlertSite, flow: OnnxFlow, owner: str) -> None:
        self._road = road
        self._flow = flow
        self.tally = road.telemetry
        self.site_status = MemoryStatusStore(road.memory, clock=road.clock)
        self._queue = MemoryWindowQueue(
            road.memory, worker="w", clock=road.clock, telemetry=self.tally
        )
        parts = road.parts(owner)
        self.parts = CanaryDependencies(
            window_store=MemoryWindowStore(
                road.memory, frames=flow.card.frames, telemetry=self.tally
            ),
            feed=parts.feed,
            leases=parts.leases,
            site_status=self.site_status,
            card=flow.card,
            telemetry=self.tally,
            clock=road.clock,
            options=CanaryOptions(every_s=EVERY_S, within_s=WITHIN_S),
        )
        self.canary = Canary(self.parts, road.clock)

    def hire(self) -> None:
        """Let a worker give its sign of life."""
        status = WorkerStatus(
            name="w", model="m", provider="p", wanted="auto", beat_at=self._road.now
        )
        self.site_status.heartbeat(status)

    def work(self, change: Callable[[int, float], float | None] = lambda _, nll: nll) -> int:
        """Score what waits; return how many windows that was."""
        claims = self._queue.take(16, 0.0)
        place = Position(0.0, 0.0, 0.0, 1.0)
        scores = []
        for claim in claims:
            window = claim.window
            nll = change(
                window.person.number, float(self._flow.nll(normalize(window.joints[None]))[0])
            )
            reason = "gap" if nll is None else None
            key = (window.person, window.last_seq, window.at, nll, reason)
            scores.append(Score(*key, place, place, "m", claim.reference))
        self._queue.finish(claims, scores)
        return len(claims)

    def failures(self, reason: str) -> float:
        """How many pairs failed for this reason."""
        return float(self.tally.value("canary_failures_total", reason=reason))


@pytest.fixture
def cage(road: AlertSite, bundled: OnnxFlow) -> Cage:
    """A canary that may sing."""
    cage = Cage(road, bundled, "a")
    road.now = 1_700_000_000.0
    return cage


def test_running_scores_above_walking(bundled: OnnxFlow) -> None:
    """The bundled model tells the pair apart by far, and would alarm at the runner alone."""
    walking, running = bundled.nll(normalize(np.stack(poses(bundled.card))))

    assert bundled.card.threshold is not None
    assert walking < bundled.card.threshold < running
    assert running > 2 * walking


def test_a_pair_that_comes_back_right_is_a_success(cage: Cage, road: AlertSite) -> None:
    """It is counted, with the time it took; the next pair waits for its turn."""
    cage.hire()
    cage.canary.step()
    road.now += 0.25
    assert cage.work() == 2

    cage.canary.step()
    cage.canary.step()

    assert cage.tally.value("canary_attempts_total") == 1
    assert cage.tally.value("canary_last_success_timestamp_seconds") == road.now
    assert cage.tally.observed("canary_round_trip_seconds") == (pytest.approx(0.25), 1)
    road.now += EVERY_S
    cage.canary.step()
    assert cage.tally.value("canary_attempts_total") == 2


def test_scores_that_do_not_come_fail(cage: Cage, road: AlertSite) -> None:
    """A worker that died after the first pair is told by the second; late scores heal nothing."""
    cage.hire()
    cage.canary.step()
    road.now += WITHIN_S + 1
    cage.canary.step()
    cage.work()
    cage.canary.step()

    assert cage.failures("late") == 1
    assert cage.tally.value("canary_last_success_timestamp_seconds") == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda number, _: float(number == WALKER), "order"),
        (lambda _, __: 1.0, "order"),
        (lambda number, nll: None if number == RUNNER else nll, "unscorable"),
    ],
)
def test_wrong_scores_fail(
    cage: Cage, change: Callable[[int, float], float | None], reason: str
) -> None:
    """A model that does not tell running from walking is told."""
    cage.hire()
    cage.canary.step()
    cage.work(change)

    cage.canary.step()

    assert cage.failures(reason) == 1


def test_a_store_that_is_lost_on_the_way_fails(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pair is given up, and the canary goes on."""
    cage.hire()

    def push(_view: FrameView, _samples: Sequence[Samples]) -> int:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(cage.parts.window_store, "push", push)
    with pytest.raises(StoreUnavailable):
        cage.canary.step()

    assert cage.failures("store") == 1
    assert cage.tally.value("canary_attempts_total") == 1


def test_it_waits_for_the_first_worker(cage: Cage) -> None:
    """At a site's start nothing is sent, so that nothing fails."""
    cage.canary.step()

    assert cage.tally.value("canary_attempts_total") == 0


def test_one_process_sings(cage: Cage, road: AlertSite, bundled: OnnxFlow) -> None:
    """Of two APIs the one that holds the lease sends pairs; the other follows when it is gone."""
    other = Cage(road, bundled, "b")
    cage.hire()

    cage.canary.step()
    other.canary.step()
    assert cage.work() == 2

    road.now += EVERY_S
    cage.hire()
    other.canary.step()
    assert cage.work() == 2


def test_it_never_becomes_an_alert(cage: Cage, road: AlertSite) -> None:
    """Nobody decides about the canary's scores, and no site can name a camera like it."""
    cage.hire()
    cage.canary.step()
    cage.work()

    road.process().step(0.0)

    assert len(road.memory.scores[CAMERA]) == 2
    assert road.events == []
    with pytest.raises(Exception, match="name"):
        load(None, {"cameras": [{"name": CAMERA, "source": "sim:"}]})
