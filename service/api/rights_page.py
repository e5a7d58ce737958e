"""Writes the table of rights in docs/security.md, for `make reference`."""

from collections.abc import Iterator

from service.access.principal import RIGHTS, Principal, Role
from service.api.rights import RIGHTS_OF_ROUTES

ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")


def table() -> str:
    """Return which routes ask for each right, and which roles have it, as Markdown."""
    return "\n".join([*_roles(), "", *_routes()])


def _roles() -> Iterator[str]:
    yield "| Right | Allows | Roles |"
    yield "|---|---|---|"
    for right, allows in RIGHTS.items():
        having = [role for role in ROLES if Principal(name=role, role=role).may(right)]
        yield f"| `{right}` | {allows} | {', '.join(having)} |"


def _routes() -> Iterator[str]:
    yield "| Route | Right |"
    yield "|---|---|"
    for (method, path), right in sorted(RIGHTS_OF_ROUTES.items(), key=lambda row: row[0][::-1]):
        yield f"| `{method} {path}` | `{right}` |"
