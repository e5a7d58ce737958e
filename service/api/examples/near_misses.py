"""Examples of near misses."""

from collections.abc import Mapping
from typing import Any

import msgspec

from service.api.description import Shape
from service.api.examples.given import AT
from service.api.shapes.near_misses import NearMisses
from service.ports.stretches import NearMiss

_NEAR = NearMiss(
    id="9a3c51e07d2f4b8860aa17c3",
    camera="gate",
    person="gate/9f/7",
    track=7,
    kind="running",
    at=AT + 3.2,
    begin_at=AT,
    until=AT + 9.9,
    score=0.93,
    threshold=1.0,
    rarity=6.5,
    closeness=0.91,
)
NEAR_EXAMPLES: Mapping[Shape, Any] = {
    NearMiss: msgspec.structs.replace(_NEAR, label="false", label_by="ann", label_at=AT + 900.0),
    NearMisses: NearMisses(near_misses=[_NEAR]),
}
