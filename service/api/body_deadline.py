"""Ends requests whose bodies trickle, and reads to the end the bodies that nobody wanted."""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import Problem
from service.sentences.requests import TOO_SLOW

BODY_WITHIN_S = 10.0
# A client reads the answer only after it has sent everything: an unwanted body is read and
# discarded up to here; beyond this the connection is closed.
DRAINED_BYTES = 32_000_000


class BodyDeadline:
    """Requires every request's body to be whole within some seconds of its first byte.

    Args:
        within_s: how long it may take.
    """

    def __init__(self, app: ASGIApp, within_s: float = BODY_WITHIN_S) -> None:
        self._app, self._within_s = app, within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        body = GuardedBody(
            receive,
            send,
            self._within_s,
            is_whole=not has_body,
            waits=headers.get("expect", "").lower() == "100-continue",
        )
        await self._app(scope, body.receive, body.send)


class GuardedBody:
    """One request's body on its way.

    Args:
        within_s: how long it may take from now.
        is_whole: there is none.
        waits: the client sends it only if we read from it, and expects a refusal instead.
    """

    def __init__(
        self,
        receive: Receive,
        send: Send,
        within_s: float,
        *,
        is_whole: bool = False,
        waits: bool = False,
    ) -> None:
        self._receive, self._send, self._within_s = receive, send, within_s
        self._until_s = asyncio.get_running_loop().time() + within_s
        self._is_whole, self._waits = is_whole, waits
        self._begun = False

    async def receive(self) -> Message:
        """Return the next part.

        Raises:
            Problem: the body did not come whole in time.
        """
        if self._is_whole or self._begun:
            return await self._receive()
        try:
            return await self._next()
        except TimeoutError as err:
            if self._begun:  # somebody watches for the client to leave
                return await self._receive()
            raise Problem(408, "slow-body", TOO_SLOW(within_s=self._within_s)) from err

    async def send(self, message: Message) -> None:
        """Send a part of the answer; before the first, the body comes to its end or is cut."""
        if message["type"] == "http.response.start" and not self._begun:
            self._begun = True
            if not self._is_whole and not await self._drained():
                MutableHeaders(scope=message)["connection"] = "close"
        await self._send(message)

    async def _next(self) -> Message:
        async with asyncio.timeout_at(self._until_s):
            message = await self._receive()
        self._waits = False
        self._is_whole = not message.get("more_body", False)
        return message

    async def _drained(self) -> bool:
        size = 0
        while not self._is_whole:
            if self._waits or size > DRAINED_BYTES:
                return False
            try:
                size += len((await self._next()).get("body", b""))
            except TimeoutError:
                return False
        return True
