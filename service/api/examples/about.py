"""Examples of `/about`."""

from collections.abc import Mapping
from typing import Any

from service.api.description import Shape
from service.api.shapes.about import About, Room, Storage

_STORAGE = Storage(
    disk=Room(used_bytes=61_000_000_000, limit_bytes=118_000_000_000),
    redis=Room(used_bytes=210_000_000, limit_bytes=1_000_000_000),
    archive=Room(used_bytes=840_000_000, limit_bytes=None),
    oldest_alert_at=1_793_400_000.0,
)
ABOUT_EXAMPLES: Mapping[Shape, Any] = {About: About(version="0.1.0", storage=_STORAGE)}
