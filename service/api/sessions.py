"""`/session`: signs people in and out, by a cookie that scripts cannot read."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from starlette.requests import HTTPConnection

from service.access.changes import PeopleRefused
from service.access.credentials import csrf_token_of
from service.access.sign_in import SignedIn, TooManyAttempts, WrongSignIn, WrongToken
from service.api.auth import COOKIE, identity_of
from service.api.client import address_of
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.place import WebPlace
from service.api.problems import Problem, json_response
from service.api.shapes.access import PasswordBody, SessionInfo, SignInBody
from service.api.shapes.acts import NoBody
from service.api.small_body import read_small_body
from service.ports.telemetry import SiteTelemetry
from service.sentences.people import NO_PASSWORD
from service.sentences.requests import BUSY_SIGN_IN
from tracker.wording import sentence_of

# Each hash takes 64 MiB and four threads: one after the other, and not many in a row.
AT_ONCE, MOST_WAITING = 1, 16
Result = TypeVar("Result")
# How a change of people that is not made is answered; others are 422.
STATUSES = {
    "no-such-user": HTTPStatus.NOT_FOUND,
    "no-such-key": HTTPStatus.NOT_FOUND,
    "name-taken": HTTPStatus.CONFLICT,
    "too-many": HTTPStatus.CONFLICT,
    "last-admin": HTTPStatus.CONFLICT,
    "set-up-already": HTTPStatus.CONFLICT,
}


class PasswordQueue:
    """Lets work with passwords wait for its turn, and refuses what would wait for long."""

    def __init__(self, telemetry: SiteTelemetry) -> None:
        self._limiter: CapacityLimiter | None = None
        self._telemetry = telemetry

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do the work in a thread; count its outcome.

        Raises:
            Problem: it was refused, or has to wait.
        """
        # A limiter belongs to the loop that serves.
        limiter = self._limiter = self._limiter or CapacityLimiter(AT_ONCE)
        if limiter.statistics().tasks_waiting >= MOST_WAITING:
            raise Problem(503, "busy", BUSY_SIGN_IN())
        try:
            return await to_thread.run_sync(work, limiter=limiter)
        except TooManyAttempts as err:
            self._telemetry.count("sign_ins_total", outcome="waiting")
            problem = Problem(429, "too-many-attempts", sentence_of(err))
            problem.headers["Retry-After"] = str(max(1, round(err.wait_s + 0.5)))
            raise problem from err
        except WrongSignIn as err:
            self._telemetry.count("sign_ins_total", outcome="wrong")
            problem = Problem(401, "wrong-sign-in", sentence_of(err))
            problem.headers["WWW-Authenticate"] = "Bearer"
            raise problem from err
        except WrongToken as err:
            raise Problem(403, "wrong-token", sentence_of(err), pointer="/token") from err
        except PeopleRefused as err:
            raise refused(err) from err


def refused(err: PeopleRefused) -> Problem:
    """Return the problem of a change of people that is not made."""
    status = STATUSES.get(err.kind, HTTPStatus.UNPROCESSABLE_ENTITY)
    return Problem(status, err.kind, sentence_of(err), pointer=f"/{err.field}")


def router(dependencies: ApiDependencies, queue: PasswordQueue) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()
    sign_in = dependencies.sign_in

    @routes.post("/session")
    @describe(SessionInfo, body=SignInBody, problems=(401, 429, 503))
    async def begin(request: Request) -> Response:
        """Sign in; the answer sets the session's cookie."""
        body = await read_small_body(request, SignInBody)
        name, address = body.name.strip().lower(), address_of(request)
        begun = await queue.run(lambda: sign_in.sign_in(name, body.password, address))
        dependencies.telemetry.count("sign_ins_total", outcome="ok")
        return signed_in(request, begun, dependencies.place)

    @routes.get("/session")
    @describe(SessionInfo)
    async def session(request: Request) -> Response:
        """Return who asks, by whichever key or session, and what that one may do."""
        return json_response(_info(request, dependencies))

    @routes.delete("/session")
    @describe(None, status=204)
    async def end(request: Request) -> Response:
        """Sign out."""
        await read_small_body(request, NoBody)
        identity, address = identity_of(request), address_of(request)
        answer = Response(status_code=204)
        if identity.session is not None:
            name, cookie = identity.principal.name, identity.session
            await to_thread.run_sync(lambda: sign_in.sign_out(name, cookie, address))
            answer.delete_cookie(COOKIE, path=_path(dependencies.place))
        return answer

    _add_password(routes, dependencies, queue)
    return routes


def _add_password(
    routes: GuardedRouter, dependencies: ApiDependencies, queue: PasswordQueue
) -> None:
    @routes.put("/session/password")
    @describe(SessionInfo, body=PasswordBody, problems=(409, 429))
    async def change(request: Request) -> Response:
        """Set one's own password; all other sessions end."""
        body = await read_small_body(request, PasswordBody)
        principal, address = identity_of(request).principal, address_of(request)
        if identity_of(request).session is None:
            raise Problem(409, "no-session", NO_PASSWORD())
        name, old, new = principal.name, body.old, body.new
        begun = await queue.run(
            lambda: dependencies.sign_in.change_password(name, old, new, address)
        )
        return signed_in(request, begun, dependencies.place)


def signed_in(
    request: HTTPConnection, begun: SignedIn, place: WebPlace, status: int = 200
) -> Response:
    """Return the answer that begins a session in the browser."""
    user, session = begun.user, begun.session
    info = SessionInfo(
        name=user.name,
        role=user.role,
        cameras=None if user.cameras is None else list(user.cameras),
        kind="user",
        csrf_token=csrf_token_of(begun.cookie),
        expires_at=session.expires_at,
    )
    answer = json_response(info, status)
    answer.set_cookie(
        COOKIE,
        begun.cookie,
        max_age=round(session.expires_at - session.begun_at),
        path=_path(place),
        secure=_is_encrypted(request, place),
        httponly=True,
        samesite="lax",  # links in mails open signed in; changes need the token besides
    )
    return answer


def _info(request: Request, dependencies: ApiDependencies) -> SessionInfo:
    identity = identity_of(request)
    principal, directory = identity.principal, dependencies.directory
    lasting = directory.session_of(identity) or directory.key_of(identity)
    return SessionInfo(
        name=principal.name,
        role=principal.role,
        cameras=None if principal.cameras is None else sorted(principal.cameras),
        kind=principal.kind,
        csrf_token=None if identity.session is None else csrf_token_of(identity.session),
        expires_at=None if lasting is None else lasting.expires_at,
    )


def _path(place: WebPlace) -> str:
    return place.root_path or "/"


def _is_encrypted(request: HTTPConnection, place: WebPlace) -> bool:
    """Tell whether the browser speaks TLS, to us or to a proxy before us."""
    if request.url.scheme in ("https", "wss"):
        return True
    # A proxy that is not among the trusted ones says nothing of the scheme that counts.
    return place.is_encrypted_at(request.headers.get("host", ""))
