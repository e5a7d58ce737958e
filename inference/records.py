"""Remembers for how long nothing was as clear as what is seen now, before one camera. Pure.

Of each kind a chain is kept: the newest score, the newest one higher than that, and so on. It is
short, however long the camera is watched, and tells of any score when the last higher one was.
"""

import math
from itertools import pairwise

import msgspec

from inference.types import Kind

# Of a longer chain the two most alike scores become one: the higher one, at the later time.
CHAIN = 24
# What was seen by so much earlier, of anybody, is the same event.
SAME_EVENT_S = 15.0


class CameraRecords(msgspec.Struct, array_like=True):
    """The highest held scores of one camera, by kind, and when they were.

    Attributes:
        watched_s: how long it has been watched so far.
        chains: by kind (watched time then, score); times ascend, scores descend.
    """

    watched_s: float = 0.0
    chains: dict[Kind, list[tuple[float, float]]] = {}

    def add(self, kind: Kind, score: float) -> float:
        """Add a score; return for how long nothing of this kind was higher, watched seconds."""
        chain = self.chains.setdefault(kind, [])
        while chain and chain[-1][1] <= score:
            chain.pop()
        chain.append((self.watched_s, score))
        if len(chain) > CHAIN:
            _shorten(chain)
        before = (
            then
            for then, other in reversed(chain)
            if other > score and (self.watched_s - then > SAME_EVENT_S or other == math.inf)
        )
        return self.watched_s - next(before, 0.0)

    def begin_again(self, kind: Kind) -> None:
        """Forget a kind: its scores are on another scale from now on."""
        self.chains[kind] = [(self.watched_s, math.inf)]


def _shorten(chain: list[tuple[float, float]]) -> None:
    gaps = [older - newer for (_, older), (_, newer) in pairwise(chain)]
    place = gaps.index(min(gaps))
    chain[place : place + 2] = [(chain[place + 1][0], chain[place][1])]
