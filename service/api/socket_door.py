"""Lets WebSocket clients in: checks origin, key and right, and ends sockets whose rights end."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

import msgspec
from fastapi import WebSocket, WebSocketDisconnect

from service.access.directory import Directory, Identity
from service.access.principal import Principal
from service.api.alert_hub import SlowClient
from service.api.auth import identify
from service.api.dependencies import ApiDependencies
from service.api.place import RefusalLog
from service.api.rights import RIGHTS_OF_ROUTES
from tracker.errors import StoreUnavailable

log = logging.getLogger(__name__)
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013
REASON_BYTES = 123  # of a close frame, RFC 6455
FIRST_MESSAGE_S = 5.0
CLOSE_S = 2.0
LOOK_EVERY_S = 1.0  # after those whose rights have ended
SHOWN_CHARACTERS = 64
# What a client may do now; raises Refused once its rights have ended.
Rights: TypeAlias = Callable[[], Principal]
Serve: TypeAlias = Callable[[dict[str, Any], Rights], Awaitable[None]]


class Refused(Exception):
    """The client's request is refused; the text goes into the close frame."""


class SocketDoor:
    """Lets clients in, counts who is inside, and shows out those whose rights end."""

    def __init__(self, dependencies: ApiDependencies) -> None:
        self._dependencies = dependencies
        self._clients: Counter[str] = Counter()
        self._refusals = RefusalLog(dependencies.clock, _warn_of_origin)
        self._inside: dict[asyncio.Task[None], Rights] = {}

    async def watch(self) -> None:
        """End the sockets of those whose rights have ended, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for serving, rights in self._inside.items():
                try:
                    rights()
                except Refused:
                    serving.cancel("rights")

    async def admit(self, socket: WebSocket, serve: Serve, *parameters: str) -> None:
        """Authenticate a client and serve it; close with a code that says why.

        Args:
            parameters: names that the query may have.
        """
        telemetry = self._dependencies.telemetry
        if not self._dependencies.place.admits(socket.headers):
            telemetry.count("ws_dropped_total", reason="origin")
            self._refusals.refused(socket.headers)
            await socket.close(POLICY_VIOLATION)
            return
        await socket.accept()
        code, reason = POLICY_VIOLATION, ""
        try:
            identity, first = await _authenticate(socket, self._dependencies.directory)
            rights = partial(self._rights, socket, identity)
            rights()
            _check_parameters(socket, parameters)
            with self._counted(socket.url.path.rpartition("/")[2]):
                await self._while_allowed(serve(first, rights), rights)
        except WebSocketDisconnect:
            return
        except Refused as err:
            telemetry.count("ws_dropped_total", reason="refused")
            reason = str(err)
        except SlowClient:
            telemetry.count("ws_dropped_total", reason="slow")
            code, reason = TRY_AGAIN_LATER, "too slow; reconnect with last_id"
        except StoreUnavailable:
            telemetry.count("ws_dropped_total", reason="store")
            code, reason = TRY_AGAIN_LATER, "redis does not answer; try again soon"
        # A client that does not read gets no close frame either: do not wait for it long.
        with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            await asyncio.wait_for(socket.close(code, _fitting(reason)), CLOSE_S)

    def _rights(self, socket: WebSocket, identity: Identity) -> Principal:
        principal = self._dependencies.directory.still(identity)
        if principal is None:
            raise Refused("your rights have ended; sign in again")
        right = RIGHTS_OF_ROUTES["WS", socket.scope["route"].path]
        if not principal.may(right):
            raise Refused(f"{principal.name} lacks the right to {right}")
        return principal

    async def _while_allowed(self, served: Awaitable[None], rights: Rights) -> None:
        serving = asyncio.ensure_future(_awaited(served))
        self._inside[serving] = rights
        try:
            await serving
        except asyncio.CancelledError:
            rights()  # raises Refused where that is why
            raise
        finally:
            del self._inside[serving]

    @contextlib.contextmanager
    def _counted(self, feed: str) -> Iterator[None]:
        self._clients[feed] += 1
        telemetry = self._dependencies.telemetry
        telemetry.gauge("ws_clients", self._clients[feed], feed=feed)
        try:
            yield
        finally:
            self._clients[feed] -= 1
            telemetry.gauge("ws_clients", self._clients[feed], feed=feed)


async def _awaited(served: Awaitable[None]) -> None:
    await served


async def receive_object(socket: WebSocket) -> dict[str, Any]:
    """Return the next message.

    Raises:
        Refused: it is no JSON object.
    """
    try:
        # It takes no halves of a character, which nothing behind it could look up or write.
        message = msgspec.json.decode(await socket.receive_text())
    except (ValueError, KeyError, RecursionError) as err:
        raise Refused("messages are JSON text") from err
    if not isinstance(message, dict):
        raise Refused("messages are JSON objects")
    return message


def _fitting(reason: str) -> str:
    """Return as much of a reason as a close frame holds."""
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")


async def _authenticate(socket: WebSocket, directory: Directory) -> tuple[Identity, dict[str, Any]]:
    """Return who the client is, and its first message where it had to send one."""
    if (known := await identify(socket.headers, directory)) is not None:
        return known, {}
    try:
        first = await asyncio.wait_for(receive_object(socket), FIRST_MESSAGE_S)
    except TimeoutError as err:
        raise Refused('send {"api_key": KEY} first') from err
    identity = await identify({"x-api-key": str(first.get("api_key") or "")}, directory)
    if identity is None:
        raise Refused("wrong key")
    return identity, first


def _check_parameters(socket: WebSocket, known: Sequence[str]) -> None:
    unknown = sorted(socket.query_params.keys() - set(known))
    if unknown:
        raise Refused(f"no parameter {unknown[0][:SHOWN_CHARACTERS]!r} here; {', '.join(known)}?")
    if len(socket.query_params.getlist("last_id")) > 1:
        raise Refused("last_id came twice; send it once")


def _warn_of_origin(origin: str, host: str) -> None:
    log.warning(
        "websocket refused: the page's origin is not this host; name it in allowed_origins, "
        "or let the proxy pass the Host header on",
        extra={"origin": origin, "host": host},
    )
