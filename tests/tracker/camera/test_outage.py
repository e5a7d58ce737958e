"""When what was lost is back."""

from tracker.camera.outage import STEADY_S, Outage


def test_it_is_over_once_it_came_for_a_while() -> None:
    """Also where the clock was set back meanwhile."""
    outage = Outage(50.0)

    assert not outage.is_over(100.0)
    assert not outage.is_over(100.0 + STEADY_S - 0.1)
    assert outage.is_over(100.0 + STEADY_S)
    assert outage.is_over(100.0 - 3600)
    assert (outage.since, outage.back_at, outage.returns) == (50.0, 100.0, 1)


def test_another_loss_begins_the_while_again() -> None:
    """It is the same outage; how often it seemed to be over is counted."""
    outage = Outage(50.0)
    for at in (60.0, 65.0, 70.0):
        assert not outage.is_over(at)
        assert not outage.is_over(at + STEADY_S - 6)
        outage.lost()

    assert (outage.since, outage.back_at, outage.returns) == (50.0, None, 3)
