"""How a time is written in a body."""

from typing import Annotated, TypeAlias

import msgspec

# Seconds or ISO 8601; `service.api.time_query.body_time` reads it.
BodyTime: TypeAlias = (
    Annotated[float, msgspec.Meta(ge=0, le=1e12)]
    | Annotated[str, msgspec.Meta(max_length=40, extra_json_schema={"format": "date-time"})]
)
