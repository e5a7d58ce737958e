"""What can be tuned in the loop that decides."""

from dataclasses import dataclass

from tracker.validation import check_above_zero


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOptions:
    """How the loop runs; times are wall-clock.

    Attributes:
        renew_s: leases are renewed this often, well within their life.
        wait_s: one read waits this long for scores; also how fast the loop can stop.
        rest_s: after a read it rests this long: many cameras' scores then come in few reads.
        tick_s: how often those who are gone are looked for.
        camera_gone_s: a camera without a new frame for this long has nobody left to watch.
    """

    renew_s: float = 1.0
    wait_s: float = 0.2
    rest_s: float = 0.02
    tick_s: float = 0.5
    camera_gone_s: float = 30.0

    def __post_init__(self) -> None:
        check_above_zero(self, "renew_s", "wait_s", "rest_s", "tick_s", "camera_gone_s")
