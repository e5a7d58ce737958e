"""WebSockets: alert events with resume, and the page's view of the cameras."""

import asyncio
import contextlib
import json
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec
from anyio import to_thread
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from inference.types import AlertEvent
from service.api.alert_hub import AlertHub, Delivery, SlowClient
from service.api.auth import has_key, key_matches
from service.api.camera_check import unknown_camera
from service.api.dependencies import ApiDependencies
from service.api.live_hub import LiveHub
from service.api.place import RefusalLog
from service.system_events import SystemEvent
from tracker.errors import StoreUnavailable

log = logging.getLogger(__name__)
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013
REASON_BYTES = 123  # of a close frame, RFC 6455
FIRST_MESSAGE_S = 5.0
CLOSE_S = 2.0
SHOWN_CHARACTERS = 64
Serve: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]
EVENT_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")


class Refused(Exception):
    """The client's request is refused; the text goes into the close frame."""


def router(dependencies: ApiDependencies, alert_hub: AlertHub, live_hub: LiveHub) -> APIRouter:
    """Return the WebSocket routes."""
    routes = APIRouter()
    door = _Door(dependencies)

    @routes.websocket("/ws/alerts")
    async def alerts(socket: WebSocket) -> None:
        async def serve(first: dict[str, Any]) -> None:
            after = _event_id(first.get("last_id") or socket.query_params.get("last_id"))
            snoozed = _truth(socket, "snoozed")
            while True:
                # A client may send an id at any time, to continue after it.
                after = await _until_resumed(
                    socket, _send_alerts(socket, dependencies, alert_hub, after, snoozed=snoozed)
                )

        await door.admit(socket, serve, "last_id", "snoozed")

    @routes.websocket("/ws/live")
    async def live(socket: WebSocket) -> None:
        async def serve(_first: dict[str, Any]) -> None:
            wanted = await _wanted_cameras(socket, dependencies)
            while True:
                await _until_resumed(socket, _send_views(socket, live_hub, wanted))

        await door.admit(socket, serve, "camera")

    return routes


class _Door:
    """Lets clients in: checks origin, key and parameters, and counts who is inside."""

    def __init__(self, dependencies: ApiDependencies) -> None:
        self._dependencies = dependencies
        self._clients: Counter[str] = Counter()
        self._refusals = RefusalLog(dependencies.clock, _warn_of_origin)

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
            first = await _authenticate(socket, self._dependencies.api_key)
            _check_parameters(socket, parameters)
            with self._counted(socket.url.path.rpartition("/")[2]):
                await serve(first)
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


def _fitting(reason: str) -> str:
    """Return as much of a reason as a close frame holds."""
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")


async def _authenticate(socket: WebSocket, api_key: str | None) -> dict[str, Any]:
    if has_key(socket.headers, api_key):
        return {}
    try:
        first = await asyncio.wait_for(_receive(socket), FIRST_MESSAGE_S)
    except TimeoutError as err:
        raise Refused('send {"api_key": KEY} first') from err
    if not key_matches(str(first.get("api_key") or ""), api_key):
        raise Refused("wrong key")
    return first


async def _wanted_cameras(socket: WebSocket, dependencies: ApiDependencies) -> frozenset[str]:
    """Return the cameras that a client asks for; none means all."""
    names = socket.query_params.getlist("camera")
    if unknown := await to_thread.run_sync(unknown_camera, names, dependencies):
        raise Refused(unknown)
    return frozenset(names)


def _check_parameters(socket: WebSocket, known: Sequence[str]) -> None:
    unknown = sorted(socket.query_params.keys() - set(known))
    if unknown:
        raise Refused(f"no parameter {unknown[0][:SHOWN_CHARACTERS]!r} here; {', '.join(known)}?")
    if len(socket.query_params.getlist("last_id")) > 1:
        raise Refused("last_id came twice; send it once")


def _truth(socket: WebSocket, name: str) -> bool:
    given = socket.query_params.get(name, "false")
    if given not in ("true", "false"):
        raise Refused(f"{name} is true or false; omit it for false")
    return given == "true"


def _warn_of_origin(origin: str, host: str) -> None:
    log.warning(
        "websocket refused: the page's origin is not this host; name it in allowed_origins, "
        "or let the proxy pass the Host header on",
        extra={"origin": origin, "host": host},
    )


async def _receive(socket: WebSocket) -> dict[str, Any]:
    try:
        message = json.loads(await socket.receive_text())
    except (ValueError, KeyError, RecursionError) as err:
        raise Refused("messages are JSON text") from err
    if not isinstance(message, dict):
        raise Refused("messages are JSON objects")
    return message


def _event_id(given: object) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str) or not EVENT_ID.fullmatch(given):
        raise Refused("last_id is not an event's id; omit it to start now")
    return given


async def _until_resumed(socket: WebSocket, sending: Coroutine[Any, Any, None]) -> str | None:
    """Send until the client sends an id to continue after; return that id."""
    sender = asyncio.ensure_future(sending)
    listener = asyncio.ensure_future(_resume_id(socket))
    try:
        await asyncio.wait({sender, listener}, return_when=asyncio.FIRST_COMPLETED)
        if listener.done():
            return listener.result()
        await sender
        return None
    finally:
        for task in (sender, listener):
            task.cancel()
        await asyncio.gather(sender, listener, return_exceptions=True)


async def _resume_id(socket: WebSocket) -> str:
    """Wait for a message with an id; others, such as a client's heartbeat, are ignored."""
    while (after := _event_id((await _receive(socket)).get("last_id"))) is None:
        pass
    return after


async def _send_alerts(
    socket: WebSocket,
    dependencies: ApiDependencies,
    hub: AlertHub,
    after: str | None,
    *,
    snoozed: bool,
) -> None:
    async with contextlib.aclosing(hub.listen(after)) as deliveries:
        async for delivery in deliveries:
            if not snoozed and _is_snoozed(delivery):
                continue
            await socket.send_text(_alert_text(delivery))
            _report(delivery, dependencies)


def _is_snoozed(delivery: Delivery) -> bool:
    event = delivery.event
    return isinstance(event, AlertEvent) and event.alert.snoozed is not None


def _report(delivery: Delivery, dependencies: ApiDependencies) -> None:
    event = delivery.event
    if event is None:
        dependencies.telemetry.count("alert_events_trimmed_total")
    elif delivery.live and isinstance(event, AlertEvent) and event.type == "opened":
        latency_s = dependencies.clock() - event.alert.opened_at
        dependencies.telemetry.observe("capture_to_alert_seconds", latency_s)


def _alert_text(delivery: Delivery) -> str:
    if delivery.event is None:
        return json.dumps({"type": "gap", "after": delivery.id})
    if isinstance(delivery.event, SystemEvent):
        system = {"id": delivery.id, "type": "system", "event": delivery.event}
        return msgspec.json.encode(system).decode()
    event: dict[str, object] = {
        "id": delivery.id,
        "type": delivery.event.type,
        "alert": delivery.event.alert,
    }
    if delivery.event.act is not None:
        event["act"] = delivery.event.act
    return msgspec.json.encode(event).decode()


async def _send_views(socket: WebSocket, hub: LiveHub, wanted: frozenset[str]) -> None:
    async with contextlib.aclosing(hub.watch()) as messages:
        async for message in messages:
            shown = [camera for camera in message.cameras if not wanted or camera.name in wanted]
            message = msgspec.structs.replace(message, cameras=shown)
            await socket.send_text(msgspec.json.encode(message).decode())
