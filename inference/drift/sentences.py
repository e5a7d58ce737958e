"""What is said of drifts, as sentences with codes."""

from tracker.wording import Wording

NOT_DRIFTING = Wording("drift.state", "it is {state}; only a drift can be accepted")
