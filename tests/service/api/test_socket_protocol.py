"""Messages that many clients are sent, compressed."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from support.api import Service, Serving, opened
from support.waiting import PATIENCE_S
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from service.api.socket_protocol import KEPT, SharedDeflate


async def _received(socket: Any, number: int) -> list[Any]:
    return [json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S)) for _ in range(number)]


async def test_a_message_is_compressed_once_for_all_clients(service: Service) -> None:
    """Each gets the same, whole; who asks for no compression gets it plain."""
    shared = SharedDeflate()
    with Serving(service.dependencies, shared) as url:
        address = url.replace("http", "ws", 1) + "/ws/alerts?joined=true"
        async with AsyncExitStack() as stack:
            ways: list[dict[str, Any]] = [{}] * 6 + [{"compression": None}]
            sockets = [await stack.enter_async_context(connect(address, **way)) for way in ways]
            for socket in sockets:
                await _received(socket, 1)
            joined = shared.compressions
            for number in range(1, 4):
                service.alerts.put(opened(number), None)
            got = [await _received(socket, 3) for socket in sockets]

    assert [message["id"] for message in got[0]] == ["1-0", "2-0", "3-0"]
    assert got == [got[0]] * len(got)
    assert (joined, shared.compressions) == (1, 4)


@pytest.mark.parametrize("bits", [9, 11, 15])
async def test_clients_with_little_memory_are_served(service: Service, bits: int) -> None:
    """What one may hold decides how its messages are compressed."""
    offer = ClientPerMessageDeflateFactory(server_max_window_bits=bits, client_max_window_bits=12)
    for number in range(1, 60):
        service.alerts.put(opened(number), None)
    async with connect(
        f"{service.ws}/ws/alerts?last_id=0-0", extensions=[offer], compression=None
    ) as socket:
        got = await _received(socket, 59)
        await socket.send(json.dumps({"last_id": "57-0"}) + " " * 5000)
        again = await _received(socket, 2)

    assert [message["id"] for message in got] == [f"{number}-0" for number in range(1, 60)]
    assert again == got[-2:]


def test_what_is_kept_is_bounded() -> None:
    """The message unused for longest is compressed anew."""
    shared = SharedDeflate()
    for number in range(KEPT + 1):
        shared.compressed(b"%d" % number, 12)
    shared.compressed(b"%d" % KEPT, 12)
    assert shared.compressions == KEPT + 1

    shared.compressed(b"0", 12)

    assert shared.compressions == KEPT + 2
