"""What tests receive over a WebSocket."""

import asyncio
import json
from typing import Any

from support.message_check import check_message
from support.waiting import PATIENCE_S


async def receive(socket: Any) -> Any:
    """Return the next message, which is as its schema says."""
    message = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
    check_message(message)
    return message


async def joined(socket: Any) -> None:
    """Wait until the server says that nothing is missed any more."""
    assert await receive(socket) == {"type": "joined"}
