"""`/setup`: makes the first admin, once."""

from fastapi import Request, Response

from service.api.client import address_of, is_local
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem, json_response
from service.api.sessions import PasswordQueue, signed_in
from service.api.shapes.access import SessionInfo, SetupBody, SetupState
from service.api.small_body import read_small_body
from service.sentences.people import TOKEN_MISSING


def router(dependencies: ApiDependencies, queue: PasswordQueue) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()
    directory = dependencies.directory

    def needs_token(request: Request) -> bool:
        # Where anybody is admin already, a token would keep nobody out. A proxy on this machine may
        # say nothing of whom it passes on: a page with an address of its own is not local.
        local = is_local(request) and dependencies.place.public_url is None
        return not local and not directory.is_open()

    @routes.get("/setup")
    @describe(SetupState, problems=(503,))
    async def state(request: Request) -> Response:
        """Return whether the first admin is to be made, and by what."""
        needed = not directory.state.people.users
        token_needed = needed and needs_token(request)
        return json_response(SetupState(needed=needed, token_needed=token_needed))

    @routes.post("/setup")
    @describe(SessionInfo, status=201, body=SetupBody, problems=(409, 503))
    async def set_up(request: Request) -> Response:
        """Make the first admin, and sign it in.

        From the machine itself, or with the token that was printed at the start.
        """
        body = await read_small_body(request, SetupBody)
        name, address = body.name.strip().lower(), address_of(request)
        token = body.token if body.token is not None or not needs_token(request) else ""
        if token == "" and not directory.state.people.users:
            raise Problem(403, "wrong-token", TOKEN_MISSING(), pointer="/token")
        sign_in = dependencies.sign_in
        begun = await queue.run(lambda: sign_in.set_up(name, body.password, address, token))
        return signed_in(request, begun, dependencies.place, 201)

    return routes
