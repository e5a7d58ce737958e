"""Alerts of a trial beside the live ones."""

from inference.calibration.blocks import Block
from service.operations.trial import TrialBlocks, compared


def block(number: int, opened: int = 0, watched_s: float = 600.0) -> Block:
    """Return a block in which so many alerts of movement opened."""
    return Block(number, watched_s, {}, {"movement": opened} if opened else {})


def test_alerts_are_compared_over_the_same_time() -> None:
    """Blocks of one model alone, or of which little was watched, count for neither."""
    live = [block(1, 2), block(2, 1), block(3, 5), block(4, 7)]
    shadow = [block(1, 1), block(2), block(3, 1, watched_s=60.0), block(5, 9)]
    days, (movement,) = compared([TrialBlocks(live, shadow)])

    assert days == 2 / 144
    assert (movement.kind, movement.live, movement.shadow) == ("movement", 3, 1)
    assert movement.live_per_day == 3 * 72


def test_nothing_is_projected_from_nothing() -> None:
    """No days, no kinds."""
    assert compared([TrialBlocks([], [])]) == (0.0, [])
