"""How the service is reached from outside: values of public_url, root_path and allowed_origins."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from service.web_address import origin_of, path_of
from tracker.sources.redaction import redact_whole

# A proxy that already took the sub-path away would have these taken for it.
OWN_PATHS = frozenset(
    {
        "alerts",
        "arming",
        "audit",
        "cameras",
        "deliveries",
        "docs",
        "healthz",
        "keys",
        "links",
        "metrics",
        "openapi.json",
        "outputs",
        "readyz",
        "schemas",
        "score",
        "session",
        "setup",
        "snoozes",
        "system-events",
        "users",
        "v1",
        "ws",
    }
)


def _root_path(given: str) -> str:
    if not given.startswith("/"):
        raise ValueError(
            f"{redact_whole(given)!r} does not begin with /; write /posewarden, or leave it out"
        )
    path = path_of(given)
    if path.split("/")[1:2] and path.split("/")[1] in OWN_PATHS:
        raise ValueError(f"{given!r} begins like an address of the API; choose another name")
    return path


def _public_url(given: str) -> str:
    try:
        return origin_of(given) + path_of(given)
    except ValueError as err:
        raise ValueError(f"it is not the address of a page: {err}") from err


def _origin(given: str) -> str:
    try:
        path = path_of(given)
        origin = origin_of(given)
    except ValueError as err:
        raise ValueError(
            f"{redact_whole(given)!r} is no origin: {err}; name each, such as https://host"
        ) from err
    if path:
        raise ValueError(f"{given!r} has a path; an origin is scheme, host and port")
    return origin


RootPath: TypeAlias = Annotated[str, AfterValidator(_root_path)]
PublicUrl: TypeAlias = Annotated[str, AfterValidator(_public_url)]
Origin: TypeAlias = Annotated[str, AfterValidator(_origin)]
