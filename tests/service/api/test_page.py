"""The page in a real browser."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.api import CLIP, Service, opened
from support.proxies import nginx
from support.waiting import PATIENCE_S
from websockets.asyncio.client import ClientConnection, connect

from inference.types import AlertEvent, Kind, KindScore

# The clock of the pictures, turned back: a picture may be older than the click that asked for it.
OLD_PICTURES = (
    "const ask = requestAnimationFrame; requestAnimationFrame = (f) => ask((t) => f(t - 200))"
)
OPEN_ALERT = 'document.querySelector("#alerts button").click()'
ROWS = '[...document.querySelectorAll("#alerts li")].map((row) => row.innerText)'
FACTS = 'document.getElementById("facts").innerText'
DRAWN = """(() => {
  const clip = document.getElementById("clip");
  const seen = clip.getContext("2d").getImageData(0, 0, clip.width, clip.height).data;
  return clip.clientWidth > 0 && seen.some((value, i) => i % 4 === 3 && value > 200);
})()"""


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


@pytest.mark.slow
async def test_an_alerts_clip_plays(service: Service, tmp_path: Path) -> None:
    """A click on an alert shows its stick figure, whatever the clock of the browser's pictures."""
    service.alerts.put(opened(1), CLIP)
    async with tab(tmp_path) as page:
        await page.ask("Runtime.enable")
        await page.ask("Page.enable")
        await page.ask("Page.addScriptToEvaluateOnNewDocument", source=OLD_PICTURES)
        await page.ask("Page.navigate", url=f"{service.url}/")
        listed = await page.becomes('document.querySelector("#alerts button") !== null')

        await page.ask("Runtime.evaluate", expression=OPEN_ALERT)

        assert listed
        assert await page.becomes(DRAWN)
        assert page.thrown == []


def kind_score(kind: Kind, **values: Any) -> KindScore:
    """What a kind says, peaking at 1.4 times its threshold unless said otherwise."""
    known: dict[str, Any] = {"peak_score": 1.4, "peak_at": 1000.0, "threshold": 1.0, **values}
    return KindScore(kind=kind, **known)


def told(number: int, leading: KindScore, *others: KindScore, **values: Any) -> AlertEvent:
    """An alert of these kinds that opens."""
    event = opened(number)
    shown = msgspec.structs.replace(
        event.alert,
        kind=leading.kind,
        kinds=(leading, *others),
        peak_score=leading.peak_score,
        threshold=leading.threshold,
        reason=leading.reason,
        rarity_hours=leading.rarity_hours,
        **values,
    )
    return msgspec.structs.replace(event, alert=shown)


@pytest.mark.slow
async def test_alerts_are_told_in_words(service: Service, tmp_path: Path) -> None:
    """Kinds, severity, rarity and since when somebody down is not seen; bits in the detail only."""
    moved = kind_score("movement", peak_score=3.5, threshold=2.0, rarity_hours=3.25)
    fell = kind_score("fall", reason="dropped fast to the ground and stayed low")
    down = kind_score("person_down", reason="lies where they fell")
    service.alerts.put(opened(1), CLIP)  # as of version 0.3
    service.alerts.put(told(2, moved, severity="warning"), CLIP)
    service.alerts.put(told(3, fell, moved, severity="warning"), CLIP)
    service.alerts.put(told(4, down, fell, severity="critical", not_seen_since=1004.0), CLIP)
    async with tab(tmp_path) as page:
        await page.ask("Runtime.enable")
        await page.ask("Page.navigate", url=f"{service.url}/")
        listed = await page.becomes('document.querySelectorAll("#alerts li").length === 4')

        unseen, fall, movement, old = await page.value(ROWS)
        seen_until = await page.value("new Date(1004000).toLocaleTimeString()")
        await page.value(OPEN_ALERT)
        shown = await page.becomes(f'{FACTS}.includes("lies where they fell")')

        assert (listed, shown, page.thrown) == (True, True, [])
        for row, texts in (
            (unseen, ("Person down · gate", "critical", f"not seen since {seen_until}")),
            (unseen, ("also fall",)),
            (fall, ("Fall · gate", "warning", "also unusual movement")),
            (movement, ("Unusual movement · gate", "warning")),
            (movement, ("seen once in 3.3 hours of ordinary footage of one person",)),
            (old, ("Unusual movement · gate", "notice")),
        ):
            assert [text for text in texts if text not in row] == []
        assert "3.5" not in movement
        assert "not seen since" not in fall
        assert "1.4 times the threshold" in await page.value(FACTS)


@pytest.mark.slow
async def test_the_page_works_under_a_path_of_another_host(
    service: Service, tmp_path: Path
) -> None:
    """Behind nginx with TLS, under /posewarden/: files, alerts and both sockets are found."""
    service.alerts.put(opened(1), None)
    browser, proxy_folder = tmp_path / "browser", tmp_path / "proxy"
    await asyncio.to_thread(proxy_folder.mkdir)
    options = ("--ignore-certificate-errors", "--host-resolver-rules=MAP * 127.0.0.1")
    with nginx(proxy_folder, service.url.removeprefix("http://")) as proxy:
        async with tab(browser, *options) as page:
            await page.ask("Runtime.enable")
            await page.ask("Page.enable")
            await page.ask("Page.navigate", url=f"{proxy.origin('www.example.org')}/posewarden")

            assert await page.becomes('document.querySelector("#alerts button") !== null')
            assert await page.becomes('document.getElementById("link").textContent === "connected"')
            assert await page.value("location.pathname") == "/posewarden/"
            assert page.thrown == []
