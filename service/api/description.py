"""What a route says of itself to machines; `service.api.openapi` puts it into the document.

Every route that answers programs has `@describe(…)` between its path and its function.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

# Anything that msgspec has a JSON Schema for, such as a Struct or list[Struct].
Shape: TypeAlias = Any
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
JSON = "application/json"
_NAME = "__description__"


@dataclass(frozen=True, slots=True)
class OneOf:
    """Bodies of one of several shapes, or of media types that are no JSON."""

    shapes: tuple[Shape, ...]
    media_types: tuple[str, ...]

    def __init__(self, *shapes: Shape, media_types: tuple[str, ...] = ()) -> None:
        object.__setattr__(self, "shapes", shapes)
        object.__setattr__(self, "media_types", media_types)


@dataclass(frozen=True, slots=True)
class Binary:
    """Bodies of one of several media types that are no JSON, such as pictures."""

    media_types: tuple[str, ...]


def shapes_of(shape: Shape | OneOf | None) -> tuple[Shape, ...]:
    """Return the shapes that a body may have; of None none."""
    if shape is None or isinstance(shape, Binary):
        return ()
    return shape.shapes if isinstance(shape, OneOf) else (shape,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a route takes and answers.

    Attributes:
        answers: the shape of the body by status; None: no body.
        media_type: of these answers. If it is not JSON, shapes say what a line or part holds.
        body: the shape of the request's JSON body, or its Binary; None: it takes none.
        problems: statuses of problem documents beside those that every such route has.
        headers: names of further request headers and what each is for.
    """

    answers: Mapping[int, Shape | None]
    media_type: str = JSON
    body: Shape | None = None
    problems: tuple[int, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def describe(
    answer: Shape | None,
    *,
    status: int = 200,
    others: Mapping[int, Shape] | None = None,
    media_type: str = JSON,
    body: Shape | None = None,
    problems: tuple[int, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """Say what a route takes and answers.

    Problem documents that follow from the route need not be named: 401 and 403 (rights), 404 (a
    path with a name in it), 422 (parameters), 400, 408, 413, 415 (bodies), 500, 503.

    Args:
        answer: the shape of its answer, a type that msgspec encodes; None: it has no body.
        status: of that answer.
        others: the shapes of answers with another status that are no problem documents.
        media_type: of the answers.
        body: the shape of the request's JSON body, or its Binary.
        problems: further statuses of problem documents, such as 409.
        headers: further request headers and what each is for.
    """
    description = Description(
        answers={status: answer, **(others or {})},
        media_type=media_type,
        body=body,
        problems=problems,
        headers=headers or {},
    )

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _NAME, description)
        return endpoint

    return mark


def description_of(endpoint: Callable[..., Any] | None) -> Description | None:
    """Return what a route says of itself; None if it says nothing."""
    found = getattr(endpoint, _NAME, None)
    return found if isinstance(found, Description) else None
