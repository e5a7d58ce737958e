"""A recorded live feed, played to the page by a process of its own that does nothing else."""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from support.page_site import PageSite, playing
from tracker.child_process import isolated

# The page's live socket goes to the recording; nothing else does.
_SCRIPT = """
const Socket = WebSocket;
WebSocket = class extends Socket {
  constructor(url) { super(url.pathname.endsWith('/ws/live') ? 'ws://127.0.0.1:PORT/' : url); }
};
"""


def record(site: PageSite, messages: int, file: Path) -> None:
    """Write so many messages of the live feed of all cameras, as they come."""

    async def listen() -> list[str]:
        async with connect(f"{site.service.ws}/ws/live", max_size=None) as socket:
            return [str(await socket.recv()) for _ in range(messages)]

    with playing(site):
        file.write_text(json.dumps(asyncio.run(listen())))


@contextmanager
def played(file: Path, speed: float = 1.0) -> Iterator[str]:
    """Play a recording round and round; yields the script that brings the page to it.

    Args:
        speed: times as fast as it was recorded.
    """
    command = [*isolated("support.recorded_feed"), str(file), str(speed)]
    player = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert player.stdout is not None
        yield _SCRIPT.replace("PORT", player.stdout.readline().strip())
    finally:
        player.kill()
        player.wait()


async def _serve(recorded: str, speed: float) -> None:
    messages = json.loads(recorded)
    texts = [text.partition(',"cameras":')[2] for text in messages]
    times = [json.loads(text)["now"] for text in messages]
    lasts_s = (times[-1] - times[0]) * len(times) / (len(times) - 1)

    async def play(socket: ServerConnection) -> None:
        begin = time.monotonic()
        with suppress(ConnectionClosed):
            for turn in itertools.count():
                head = json.dumps({"type": "live", "now": time.time()}).removesuffix("}")
                await socket.send(f'{head},"cameras":{texts[turn % len(texts)]}')
                rounds, place = divmod(turn + 1, len(times))
                due_s = rounds * lasts_s + times[place] - times[0]
                await asyncio.sleep(max(begin + due_s / speed - time.monotonic(), 0.0))

    async with serve(play, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]).read_text(), float(sys.argv[2])))
