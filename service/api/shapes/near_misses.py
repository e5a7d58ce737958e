"""Shapes of near misses."""

import msgspec

from service.ports.stretches import NearMiss


class NearMisses(msgspec.Struct, frozen=True, kw_only=True):
    """Near misses, the newest day first, in it the nearest first."""

    near_misses: list[NearMiss]
