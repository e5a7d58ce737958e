"""Debian's Firefox over WebDriver BiDi, for tests that what works in Chromium works there, too."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from support.waiting import PATIENCE_S, eventually

LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
KEYS = {
    "Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "End": "\ue010", "Home": "\ue011",
    "Shift": "\ue008", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
}  # fmt: skip
# The middle of an element that stands still with nothing over it; as text, since arrays come as
# trees. Whether a press met it is kept: what is above it may grow in between.
REACHED = """(async () => {
  const element = document.querySelector(%s);
  if (!element || element.disabled) return null;
  element.scrollIntoView({ block: 'center', behavior: 'instant' });
  const middle = () => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return `${Math.round(left + width / 2)} ${Math.round(top + height / 2)}`;
  };
  const before = middle();
  await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)));
  if (middle() !== before) return null;
  const met = document.elementFromPoint(...before.split(' '));
  if (!met || !(element.contains(met) || met.contains(element))) return null;
  window.presses = { met: false };
  const { presses } = window;
  addEventListener('pointerdown', ({ target }) => {
    presses.met = element.contains(target) || target.contains(element);
  }, { capture: true, once: true });
  return before;
})()"""


class FirefoxTab:
    """A tab, and what the page complained of in it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0
        self.faults: list[str] = []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        # The tab that a headless Firefox starts with never has the focus: keys reach its scripts,
        # but press no button. One that is opened has it.
        self._context = self.ask("browsingContext.create", type="tab")["context"]

    def ask(self, method: str, **parameters: object) -> Any:
        """Return the answer to a command; keep errors that the page logs meanwhile."""
        self._asked += 1
        command = {"id": self._asked, "method": method, "params": parameters}
        self._socket.send(json.dumps(command))
        while True:
            message = json.loads(self._socket.recv(timeout=PATIENCE_S))
            if message.get("method") == "log.entryAdded" and message["params"]["level"] == "error":
                self.faults.append(str(message["params"]["text"]))
            if message.get("id") == self._asked:
                assert message["type"] == "success", message
                return message["result"]

    def visit(self, url: str) -> None:
        """Open an address."""
        self.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def value(self, expression: str) -> Any:
        """Return a script's plain value."""
        answer = self.ask(
            "script.evaluate",
            expression=expression,
            target={"context": self._context},
            awaitPromise=True,
        )
        # While another page comes, the script may meet none of its elements.
        return answer["result"].get("value") if answer["type"] == "success" else None

    def becomes(self, expression: str) -> None:
        """Wait until a script says true."""
        eventually(lambda: self.value(expression) is True, what=expression)

    def press(self, *keys: str) -> None:
        """Press keys one after the other: characters, names of `KEYS`, or Shift+Name."""
        actions = [action for key in keys for action in _strokes(key)]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.ask("input.performActions", context=self._context, actions=[source])

    def click(self, selector: str) -> None:
        """Press the pointer's button on the middle of an element, as soon as it can be reached."""
        while True:
            self._point([self._to(selector), PUSHED, LET_GO])
            # Another page that has come already knows nothing of it: then it was pressed.
            if self.value("window.presses?.met") is not False:
                return

    def click_without_script(self, selector: str) -> None:
        """Press the pointer's button on an element that stands still, where scripts are off."""
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        x, y = (
            round(self.value(f"{box}.{side} + {box}.{size} / 2"))
            for side, size in (("left", "width"), ("top", "height"))
        )
        self._point([{"type": "pointerMove", "x": x, "y": y}, PUSHED, LET_GO])

    def push(self, selector: str) -> None:
        """Press the pointer's button on an element, and hold it."""
        self._point([self._to(selector), PUSHED])

    def let_go(self) -> None:
        """Let the pointer's button go where it is."""
        self._point([LET_GO])

    def _to(self, selector: str) -> dict[str, object]:
        script = REACHED % json.dumps(selector)
        x, y = map(int, eventually(lambda: self.value(script), what=selector).split())
        return {"type": "pointerMove", "x": x, "y": y}

    def _point(self, actions: list[dict[str, object]]) -> None:
        source = {"type": "pointer", "id": "mouse", "actions": actions}
        self.ask("input.performActions", context=self._context, actions=[source])


PUSHED: dict[str, object] = {"type": "pointerDown", "button": 0}
LET_GO: dict[str, object] = {"type": "pointerUp", "button": 0}


def _strokes(key: str) -> list[dict[str, str]]:
    """Return what a key does: with Shift held where its name says so."""
    *held, name = key.split("+") if len(key) > 1 else [key]
    values = [KEYS.get(each, each) for each in (*held, name)]
    down = [{"type": "keyDown", "value": value} for value in values]
    return [*down, *({"type": "keyUp", "value": value} for value in reversed(values))]


@contextmanager
def firefox(folder: Path) -> Iterator[FirefoxTab]:
    """A browser of a test file's own, with a profile in a folder."""
    found = shutil.which("firefox-esr")
    if found is None:
        pytest.skip("firefox-esr is not on the PATH; apt-get install firefox-esr")
    log = folder / "firefox.log"
    command = [found, "--headless", "--no-remote", "--remote-debugging-port=0"]
    with log.open("wb") as out:
        browser = subprocess.Popen(
            [*command, "--profile", str(folder), "about:blank"], stdout=out, stderr=out
        )
    try:
        url = eventually(lambda: LISTENS.search(log.read_text(errors="replace")))[1]
        with _connected(f"{url}/session") as socket:
            yield FirefoxTab(socket)
    finally:
        browser.kill()
        browser.wait()


def _connected(url: str) -> ClientConnection:
    end_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return connect(url, max_size=None, open_timeout=PATIENCE_S)
        except OSError:
            assert time.monotonic() < end_s, f"nobody answers at {url}"
            time.sleep(0.1)
