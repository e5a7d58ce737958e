"""Routes that ask for a right and refuse queries they do not know."""

from fastapi import APIRouter, Depends
from starlette.requests import HTTPConnection

from service.api.query_check import check_query
from service.api.rights import check_right


async def guard(connection: HTTPConnection) -> None:
    """Refuse a request without the right that its route asks for, then one with an odd query.

    As a coroutine it costs no request a change of threads.
    """
    check_right(connection)
    check_query(connection)


class GuardedRouter(APIRouter):
    """A router whose routes are guarded already, so that the application takes them as they are.

    Routes of a router that is included are prepared a second time by FastAPI, at the first
    request: half of what an application costs to start.
    """

    def __init__(self) -> None:
        super().__init__(dependencies=[Depends(guard)])

    def take(self, other: "GuardedRouter") -> None:
        """Serve another one's routes after those that are here."""
        self.routes.extend(other.routes)
