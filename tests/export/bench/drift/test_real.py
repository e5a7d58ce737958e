"""Real people by halves: what is the same, what is exchanged, and what is not watched."""

import numpy as np

from export.bench.drift.real import alarm_after, scene_blocks
from export.bench.drift.watched import row, table
from export.bench.events.simulated import simulated_record
from tracker.options import WindowOptions
from tracker.scene_block import SceneBlock
from tracker.simulator.source import Simulation
from tracker.visits.people_time import WatchRules


def test_halves_of_other_heights_differ_and_equal_ones_do_not() -> None:
    """Forty stretches each."""
    rng = np.random.default_rng(2)
    same = rng.normal(0, 1, (80, 6))
    other = same.copy()
    other[40:, 2] += 5.0

    assert alarm_after(same[:40], same[40:]) is None
    found = alarm_after(other[:40], other[40:])
    assert found is not None
    assert found <= 20


def test_a_clip_is_cut_into_stretches_of_half_a_minute() -> None:
    """Nobody's time is lost or counted twice at a cut but the step across it."""
    record, _ = simulated_record(Simulation(people=1, fps=6.0, seed=3), 65.0)

    blocks = scene_blocks(record, WindowOptions(), WatchRules(frames=24))

    assert len(blocks) == 3
    assert sum(block.people_s for block in blocks) > 65 * 0.97


def test_the_table_says_shares() -> None:
    """All of one's time adds up."""
    found = row("street", [SceneBlock(1, 30.0, 60.0, {"too-small": 15.0})])

    assert found["share"] == 0.25
    assert "| street | 1.0 | 25.0% | 25.0% |" in list(table([found]))[2]
