"""WebSockets: alert events with resume, and the page's view of the cameras."""

import asyncio
import contextlib
import re
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from anyio import to_thread
from fastapi import WebSocket

from inference.types import AlertEvent
from service.access.principal import Principal
from service.api.alert_hub import AlertHub, Delivery
from service.api.camera_check import unknown_camera
from service.api.dependencies import ApiDependencies
from service.api.guarded_router import GuardedRouter
from service.api.live_hub import LiveHub, Watcher
from service.api.live_subscription import read_subscription
from service.api.socket_door import Refused, Rights, SocketDoor, receive_object
from service.api.socket_messages import JoinedMessage, alert_message
from service.api.system_events import may_know_of
from service.entry_ids import written_at
from service.system_events import StreamEvent, SystemEvent

EVENT_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")


def router(
    dependencies: ApiDependencies, door: SocketDoor, alert_hub: AlertHub, live_hub: LiveHub
) -> GuardedRouter:
    """Return the WebSocket routes."""
    routes = GuardedRouter()

    @routes.websocket("/ws/alerts")
    async def alerts(socket: WebSocket) -> None:
        async def serve(first: dict[str, Any], rights: Rights) -> None:
            after = _event_id(first.get("last_id") or socket.query_params.get("last_id"))
            sending = _AlertSending(
                socket=socket,
                dependencies=dependencies,
                rights=rights,
                snoozed=_truth(socket, "snoozed"),
                joined=_truth(socket, "joined"),
            )
            while True:
                # A client may send an id at any time, to continue after it.
                after = await _until_resumed(socket, sending.run(alert_hub, after))

        await door.admit(socket, serve, "last_id", "snoozed", "joined")

    @routes.websocket("/ws/live")
    async def live(socket: WebSocket) -> None:
        async def serve(first: dict[str, Any], rights: Rights) -> None:
            names = frozenset(socket.query_params.getlist("camera"))
            await _check_cameras(names, dependencies, rights())
            viewing = _Viewing(
                socket=socket,
                dependencies=dependencies,
                rights=rights,
                watcher=Watcher(cameras=names or None),
            )
            await viewing.run(live_hub, first)

        await door.admit(socket, serve, "camera")

    return routes


async def _check_cameras(
    names: Iterable[str], dependencies: ApiDependencies, principal: Principal
) -> None:
    """Refuse cameras that the client may not see, or that nobody knows."""
    if unknown := await to_thread.run_sync(unknown_camera, names, dependencies, principal):
        raise Refused(unknown)


def _truth(socket: WebSocket, name: str) -> bool:
    given = socket.query_params.get(name, "false")
    if given not in ("true", "false"):
        raise Refused(f"{name} is true or false; omit it for false")
    return given == "true"


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
    while (after := _event_id((await receive_object(socket)).get("last_id"))) is None:
        pass
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class _AlertSending:
    """Sends one client the alert events that it may see.

    Attributes:
        rights: asked before each message, so that rights may change while the socket is open.
        snoozed: also those that a snooze keeps back.
        joined: say from where on nothing is missed.
    """

    socket: WebSocket
    dependencies: ApiDependencies
    rights: Rights
    snoozed: bool
    joined: bool

    async def run(self, hub: AlertHub, after: str | None) -> None:
        """Send events after an id, and new ones without end."""
        on_joined = self._say_joined if self.joined else None
        async with contextlib.aclosing(hub.listen(after, on_joined=on_joined)) as deliveries:
            async for delivery in deliveries:
                if not self._is_for_it(delivery.event):
                    continue
                await self.socket.send_text(_text(hub, delivery))
                _report(delivery, self.dependencies)

    async def _say_joined(self) -> None:
        await self.socket.send_text(msgspec.json.encode(JoinedMessage()).decode())

    def _is_for_it(self, event: StreamEvent | None) -> bool:
        principal = self.rights()
        if isinstance(event, SystemEvent):
            return may_know_of(principal, event)
        if isinstance(event, AlertEvent):
            hidden = event.alert.snoozed is not None and not self.snoozed
            return not hidden and principal.sees(event.alert.camera)
        return True


def _text(hub: AlertHub, delivery: Delivery) -> str:
    """Return what is sent: the same to all who are sent this event at all."""
    key = delivery.id, delivery.event is None
    return hub.texts.text(key, lambda: msgspec.json.encode(alert_message(delivery)))


def _report(delivery: Delivery, dependencies: ApiDependencies) -> None:
    event = delivery.event
    if event is None:
        dependencies.telemetry.count("alert_events_trimmed_total")
    elif delivery.live and isinstance(event, AlertEvent) and event.type == "opened":
        now = dependencies.clock()
        dependencies.telemetry.observe("capture_to_alert_seconds", now - event.alert.opened_at)
        sent_s = max(now - written_at(delivery.id), 0.0)
        dependencies.telemetry.observe("stage_seconds", sent_s, stage="socket")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Viewing:
    """Sends one client the views of the cameras that it wants and may see."""

    socket: WebSocket
    dependencies: ApiDependencies
    rights: Rights
    watcher: Watcher

    async def run(self, hub: LiveHub, first: dict[str, Any]) -> None:
        """Send views, as often and of what the client last subscribed to, without end."""
        await self._follow(first)
        with hub.watching(self.watcher):
            tasks = [asyncio.ensure_future(each) for each in (self._send(), self._listen())]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self) -> None:
        while True:
            beat = await self.watcher.next()
            seen, wanted = self.rights().cameras, self.watcher.cameras
            await self.socket.send_text(beat.text(_both(seen, wanted)))

    async def _listen(self) -> None:
        while True:
            await self._follow(await receive_object(self.socket))

    async def _follow(self, message: dict[str, Any]) -> None:
        """Do what a message asks for; others, such as a client's heartbeat, are ignored."""
        try:
            wanted = read_subscription(message)
        except ValueError as err:
            raise Refused(str(err)) from err
        if wanted is not None:
            await _check_cameras(wanted.cameras or (), self.dependencies, self.rights())
            cameras = None if wanted.cameras is None else frozenset(wanted.cameras)
            self.watcher.subscribe(cameras, wanted.rate)


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Return the cameras that are in both; None stands for all."""
    if one is None or other is None:
        return other if one is None else one
    return one & other
