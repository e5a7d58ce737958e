from service.monitoring.watchdog import PATIENCE_S, Watchdog


def test_a_loop_that_hangs_has_no_pulse() -> None:
    """It beats from the start, stops when no round ends for long, and beats again after one."""
    now_s = 5.0
    watchdog = Watchdog(lambda: now_s)
    now_s += PATIENCE_S
    assert watchdog.is_alive()
    now_s += 0.1
    assert not watchdog.is_alive()

    watchdog.kick()

    assert watchdog.is_alive()
