"""What a model on trial would have done."""

import random
from dataclasses import replace

import pytest
from support.alert_site import AlertSite

from inference.calibration.blocks import BLOCK_S, Block
from inference.types import Position, Score
from inference.usual_score import UsualScore
from service.adapters.memory.leases import MemoryLeases
from service.adapters.memory.shadow import MemoryShadowScores, MemoryShadowStates
from service.adapters.memory.windows import MemoryCueFeed, MemoryStatusStore
from service.alerts.camera_rules import CameraRules
from service.alerts.shadow_loop import KEEP_EVERY_S, Shadow, ShadowLoop, ShadowLoopDependencies
from service.ports.shadow import ShadowReport, ShadowScore
from tracker.types import PersonId

LIVE = CameraRules(threshold=2.0, model="m", recipe="old")
TRIED = CameraRules(threshold=12.0, model="n", recipe="new")


class Trial:
    """A process that tries a model, over a site in memory."""

    def __init__(self, road: AlertSite) -> None:
        self.road = road
        self.scores, self.states = MemoryShadowScores(), MemoryShadowStates()
        self.shadow: Shadow | None = Shadow("5f", "n", 0.0, {"gate": TRIED})
        self.blocks: list[tuple[str, Block]] = []
        self.usual: dict[str, UsualScore] = {}

    def process(self, owner: str = "a") -> ShadowLoop:
        """Start a process."""
        road = self.road
        return ShadowLoop(
            ShadowLoopDependencies(
                shadow=lambda: self.shadow,
                live_rules=lambda: {"gate": LIVE},
                live_usual=lambda _camera: None,
                lease=MemoryLeases(road.memory, owner=owner, clock=road.clock),
                scores=self.scores,
                cues=MemoryCueFeed(road.memory),
                states=self.states,
                site_status=MemoryStatusStore(road.memory, clock=road.clock),
                prepare=lambda camera, usual: self.usual.update({camera: usual}),
                keep_blocks=lambda _camera, recipe, found: self.blocks.extend(
                    (recipe, each) for each in found
                ),
                telemetry=road.telemetry,
                clock=road.clock,
            ),
            random.Random(0),
        )

    def write(self, *pairs: tuple[float, float], start: int = 0, model: str = "n") -> None:
        """Write pairs of a live and a shadow's score, at every third frame."""
        for step, (live, shadow) in enumerate(pairs):
            seq = start + 3 * step
            at = self.road.start_at + seq / 10
            place = Position(at, 100.0, 200.0, 80.0)
            person = PersonId("gate", "s1", 1)
            score = Score(person, seq, at, shadow, None, place, place, model, f"{seq}-0")
            self.scores.put([ShadowScore(score, live, "m")], 0.001)

    def report(self) -> ShadowReport:
        """Return what is known of the trial."""
        found = self.states.report()
        assert found is not None
        return found


@pytest.fixture
def trial(road: AlertSite) -> Trial:
    """A model on trial."""
    return Trial(road)


def test_alerts_of_a_trial_are_counted_and_told_to_nobody(trial: Trial, road: AlertSite) -> None:
    """By the rules of the live ones, at its own threshold."""
    trial.write(*[(1.0, 15.0)] * 6, *[(3.0, 15.0)] * 2)
    trial.process().step()
    report = trial.report()

    assert report.opened == {"movement": 1}
    assert (report.compared, report.only_shadow, report.same_side) == (8, 6, 0.25)
    assert report.cpu_ms_per_window == pytest.approx(1.0)
    assert road.events == []


def test_a_trial_makes_the_blocks_of_its_calibration(trial: Trial, road: AlertSite) -> None:
    """Of its own recipe; they are stored once they are over."""
    loop = trial.process()
    trial.write(*[(1.0, 11.0)] * 6)
    road.see(1.0, 1)
    loop.step()
    road.see(25 * 60.0)
    road.now += KEEP_EVERY_S
    loop.step()
    ((recipe, block),) = trial.blocks

    assert recipe == "new"
    assert block.number == road.start_at // BLOCK_S
    assert block.peaks["movement"] == (pytest.approx(11.0),)


def test_a_successor_goes_on(trial: Trial, road: AlertSite) -> None:
    """An alert that would be open is not counted again by another process."""
    trial.write(*[(1.0, 15.0)] * 6)
    trial.process("a").step()
    road.now += 60
    trial.write(*[(1.0, 15.0)] * 6, start=18)
    trial.process("b").step()

    assert trial.report().opened == {}


def test_only_one_process_tries(trial: Trial) -> None:
    """The others rest."""
    trial.write(*[(1.0, 15.0)] * 6)
    first, second = trial.process("a"), trial.process("b")
    first.step()
    trial.write(*[(1.0, 15.0)] * 3, start=18)
    second.step()

    assert trial.report().compared == 6


def test_another_model_on_trial_begins_anew(trial: Trial, road: AlertSite) -> None:
    """Scores of the one before do not count."""
    loop = trial.process()
    trial.write(*[(1.0, 15.0)] * 6)
    loop.step()
    trial.shadow = Shadow("6a", "o", 0.0, {"gate": replace(TRIED, model="o", recipe="third")})
    trial.write(*[(1.0, 11.0)] * 3, start=18, model="o")
    road.now += 1
    loop.step()

    assert (trial.report().sha256, trial.report().compared) == ("6a", 3)
    assert trial.report().opened == {}


def test_without_a_trial_nothing_is_claimed(trial: Trial, road: AlertSite) -> None:
    """The metrics say 0."""
    loop = trial.process()
    trial.write(*[(1.0, 15.0)] * 6)
    loop.step()
    trial.shadow = None
    loop.step()

    assert road.telemetry.value("shadow_same_side_ratio") == 0.0
