"""What a rule saw when it decided, kept until the alert says so. Pure."""

from typing import Literal, TypeAlias

import msgspec

# Which of a kind's signs decided: of fights by limbs, or of running by the camera's own speeds.
Sign: TypeAlias = Literal["strikes", "shoves", "here"]


class SeenFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was seen of one kind; None where it is not known, or is nothing of this kind.

    Attributes:
        sign: what decided.
        within_s: how long a fall took.
        lasted_s: how long it has lasted.
        limit_s, zone: of a stay.
        times: how many times as fast as usual somebody ran.
        alone_s: watched time before, in which nothing of the kind was as clear.
    """

    sign: Sign | None = None
    within_s: float | None = None
    lasted_s: float | None = None
    limit_s: float | None = None
    zone: str | None = None
    times: float | None = None
    alone_s: float | None = None


NOTHING_SEEN = SeenFacts()
