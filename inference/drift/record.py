"""What is known of one camera's drift."""

from typing import Literal, TypeAlias, get_args

import msgspec

SignName: TypeAlias = Literal["p-values", "confidence", "height", "track-length", "scene"]
SIGNS: tuple[SignName, ...] = get_args(SignName)
DriftName: TypeAlias = Literal["ok", "drifting", "recalibrating"]


class DriftSign(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is watched for drift.

    Attributes:
        statistic: the martingale: so many times one's stake, had one bet against "as ever".
        limit: what no chance explains.
        at: UTC seconds of the last hour that was judged.
        apart: how far the hours since it began to grow lie beyond the days before, in their range.
        least_apart: from which on that is a drift, and not a day like others.
    """

    sign: SignName
    statistic: float
    limit: float
    at: float
    apart: float = 0.0
    least_apart: float = 0.0

    @property
    def is_drift(self) -> bool:
        """Whether it is above both limits."""
        return self.statistic >= self.limit and self.apart >= self.least_apart


class DriftRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One camera's state.

    Attributes:
        number: counts the changes.
        since: UTC seconds from which on it looks otherwise, as far as can be told; None: `ok`.
        signs: as they were when they were last judged.
        counts_from: UTC seconds; what was seen before says nothing of what is usual now.
        accepted_at: when somebody last took the new scene as usual; None: never.
    """

    number: int = 0
    state: DriftName = "ok"
    since: float | None = None
    signs: tuple[DriftSign, ...] = ()
    counts_from: float = 0.0
    accepted_at: float | None = None


AS_EVER = DriftRecord()
