"""Examples of arming."""

from collections.abc import Mapping
from typing import Any

from service.api.description import Shape
from service.api.examples.given import AT
from service.api.shapes.arming import (
    ArmedBody,
    ArmedInfo,
    ArmingBlock,
    ArmingBody,
    ArmingChange,
    ArmingEntry,
    ArmingHoliday,
    ArmingInfo,
    ArmingMode,
    ModeBody,
)

_PLAN: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "modes": {
        "away": ArmingMode(),
        "home": ArmingMode(armed=False),
        "night": ArmingMode(cameras=("gate",), kinds=("fall", "fight")),
    },
    "otherwise": "away",
    "calendar": (ArmingEntry(mode="night", rule="FREQ=DAILY", start="22:00", end="06:00"),),
    "holidays": (ArmingHoliday(date="2026-12-25", mode="away"),),
}
_ARMING = ArmingInfo(
    **_PLAN,
    mode="home",
    chosen="home",
    until=AT + 3600.0,
    by="guard",
    since=AT,
    next=ArmingChange(at=AT + 3600.0, mode="night"),
    origin="api",
    version=12,
)
ARMING_EXAMPLES: Mapping[Shape, object] = {
    ArmingBody: ArmingBody(**_PLAN, expected=12),
    ArmingInfo: _ARMING,
    list[ArmingBlock]: [
        ArmingBlock(begin=AT, end=AT + 28_800.0, mode="night"),
        ArmingBlock(begin=AT + 28_800.0, end=AT + 86_400.0, mode="away"),
    ],
    ArmedBody: ArmedBody(armed=False),
    ArmedInfo: ArmedInfo(armed=False, by_hand=False),
    ModeBody: ModeBody(mode="home", until=AT + 3600.0),
}
