"""Requests for scores, good ones."""

import json
from typing import Any

from support.api import Service, poses


def post(service: Service, body: Any, **query: Any) -> Any:
    """Ask for a score with a body as given."""
    content = body if isinstance(body, bytes) else json.dumps(body)
    return service.http.post("/score", content=content, params=query)


def people(count: int, **changes: Any) -> dict[str, Any]:
    """A request of several people, the last of whom leaps."""
    each: list[Any] = [{"poses": poses()} for _ in range(count - 1)]
    return {"people": [*each, {"poses": poses(jump_at=12)}], "fps": 24, **changes}
