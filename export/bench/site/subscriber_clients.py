"""Many clients of the alert WebSocket in one process of their own, so that its cost stands apart.

Run by `bench subscribers`: reads what to do as JSON from stdin, says "connected" once all are, and
writes what arrived as JSON once stdin ends.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

AT_ONCE = 50  # connections that are opened at the same time
OPENED = '"type":"opened"'
HEAD = 120  # characters of a message within which its id and type stand


@dataclass(slots=True)
class Arrivals:
    """When each opened alert came to the clients of one key.

    Attributes:
        cameras: of each event, by id.
        numbers: how many clients got it.
        last_at: when the last of them did, UTC seconds.
    """

    cameras: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    last_at: dict[str, float] = field(default_factory=dict)
    messages: int = 0

    def add(self, text: str, at: float) -> None:
        """Add one message; those that open no alert are only counted."""
        self.messages += 1
        head = text[:HEAD]
        if OPENED not in head:
            return
        name = head.split('"', 4)[3]
        if name not in self.cameras:
            self.cameras[name] = json.loads(text)["alert"]["camera"]
        self.numbers[name] = self.numbers.get(name, 0) + 1
        self.last_at[name] = at


async def listen(url: str, groups: list[dict[str, Any]]) -> list[Arrivals]:
    """Connect all clients of all groups, and count what comes until stdin ends.

    Args:
        groups: `{"key", "clients"}` each.
    """
    arrivals = [Arrivals() for _ in groups]
    door = asyncio.Semaphore(AT_ONCE)
    wanted = [
        (group["key"], found)
        for group, found in zip(groups, arrivals, strict=True)
        for _ in range(group["clients"])
    ]
    sockets = await asyncio.gather(*(_opened(url, key, door) for key, _ in wanted))
    readers = [
        asyncio.create_task(_read(socket, found))
        for socket, (_, found) in zip(sockets, wanted, strict=True)
    ]
    print("connected", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    return arrivals


async def _opened(url: str, key: str, door: asyncio.Semaphore) -> ClientConnection:
    async with door:
        return await connect(
            url, additional_headers={"X-API-Key": key}, open_timeout=60, ping_interval=None
        )


async def _read(socket: ClientConnection, found: Arrivals) -> None:
    async for message in socket:
        found.add(str(message), time.time())


def main() -> None:
    """Do what stdin says."""
    todo = json.loads(sys.stdin.readline())
    arrivals = asyncio.run(listen(todo["url"], todo["groups"]))
    print(json.dumps([asdict(each) for each in arrivals]), flush=True)


if __name__ == "__main__":
    main()
