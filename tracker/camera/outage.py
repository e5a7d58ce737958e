"""Decides when something that was lost is back: once it has gone on steadily for a while."""

# A camera that is lost again before it has given frames for so long was not really back.
STEADY_S = 10.0


class Outage:
    """One outage: from the first loss until what was lost has come steadily for a while.

    Args:
        since: when it began, by any clock; all times are by the same one, in seconds.

    Attributes:
        returns: how often it seemed to be over.
    """

    def __init__(self, since: float) -> None:
        self.since = since
        self.returns = 0
        self.back_at: float | None = None

    def lost(self) -> None:
        """Note that what came in between did not last."""
        self.back_at = None

    def is_over(self, now: float) -> bool:
        """Note that it comes now; return whether it has come for long enough."""
        if self.back_at is None:
            self.back_at = now
            self.returns += 1
        # Absolute: the clock may have been set back.
        return abs(now - self.back_at) >= STEADY_S
