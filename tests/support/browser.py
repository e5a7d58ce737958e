"""A real browser of a test's own, by its debugging protocol."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from support.waiting import PATIENCE_S


class Tab:
    """A tab of the browser, by its debugging protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0
        self.thrown: list[str] = []

    async def ask(self, method: str, **parameters: object) -> Any:
        """Return the answer to a command; keep what the page throws meanwhile."""
        self._asked += 1
        command = {"id": self._asked, "method": method, "params": parameters}
        await self._socket.send(json.dumps(command))
        while True:
            message = json.loads(await self._socket.recv())
            if message.get("method") == "Runtime.exceptionThrown":
                self.thrown.append(
                    message["params"]["exceptionDetails"]["exception"]["description"]
                )
            if message.get("id") == self._asked:
                return message["result"]

    async def value(self, expression: str) -> Any:
        """Return a script's value."""
        answer = await self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def becomes(self, expression: str) -> bool:
        """Tell whether a script comes to say true, however slow the machine is."""
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            if await self.value(expression) is True:
                return True
            await asyncio.sleep(0.1)
        return False


@asynccontextmanager
async def tab(folder: Path, *extra: str) -> AsyncIterator[Tab]:
    """A blank tab of a browser of our own, started with some extra options."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not on the PATH; apt-get install chromium")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    quiet = asyncio.subprocess.DEVNULL
    browser = await asyncio.create_subprocess_exec(
        found,
        *options,
        *extra,
        f"--user-data-dir={folder}",
        "about:blank",
        stdout=quiet,
        stderr=quiet,
    )
    try:
        port, path = await asyncio.to_thread(_told, folder / "DevToolsActivePort")
        async with connect(f"ws://127.0.0.1:{port}{path}", max_size=None) as socket:
            whole = Tab(socket)
            target = (await whole.ask("Target.getTargets"))["targetInfos"]
            (name,) = [each["targetId"] for each in target if each["type"] == "page"]
        async with connect(f"ws://127.0.0.1:{port}/devtools/page/{name}", max_size=None) as socket:
            yield Tab(socket)
    finally:
        browser.kill()
        await browser.wait()


def _told(file: Path) -> tuple[str, str]:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if file.exists() and len(lines := file.read_text().splitlines()) == 2:
            return lines[0], lines[1]
        time.sleep(0.1)
    raise AssertionError("the browser does not tell its port")
