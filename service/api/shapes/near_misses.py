"""Shapes of near misses."""

import msgspec

from service.stretch_ports import NearMiss


class NearMisses(msgspec.Struct, frozen=True, kw_only=True):
    """Near misses, the newest day first, in it the nearest first."""

    near_misses: list[NearMiss]
