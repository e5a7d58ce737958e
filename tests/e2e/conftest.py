"""What the end-to-end tests share: the default model, patience, and an independent client."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
from websockets.sync.client import connect

from export.bench.site.service import RunningService
from service.config.load import load

Found = TypeVar("Found")
# Below any score there is: whoever is scored raises an alert, whatever model runs.
EVERYBODY = -1000.0


@pytest.fixture(autouse=True)
def model() -> Path:
    """The model that a site runs by default."""
    path = load(None).model_path
    if not path.is_file():
        pytest.skip(f"no bundled model {path.name}")
    return path


def eventually(look: Callable[[], Found | None], within_s: float = 20.0) -> Found:
    """Return what a look finds as soon as it finds something."""
    end_at = time.monotonic() + within_s
    while True:
        if found := look():
            return found
        assert time.monotonic() < end_at, f"not within {within_s} s: {look}"
        time.sleep(0.05)


def child(service: RunningService, word: str) -> psutil.Process | None:
    """Return the service's child process with this word in its command line."""
    for each in psutil.Process(service.process.pid).children():
        with suppress(psutil.Error):  # just killed, not yet mourned
            if word in " ".join(each.cmdline()):
                return each
    return None


def replay(service: RunningService, last_id: str) -> list[dict[str, Any]]:
    """Resume after an id as an independent client; return all that is told within a second."""
    events: list[dict[str, Any]] = []
    url = service.url.replace("http", "ws", 1) + f"/ws/alerts?last_id={last_id}"
    with connect(url) as socket:
        try:
            while True:
                events.append(json.loads(socket.recv(timeout=1)))
        except TimeoutError:
            return events


def metric(text: str, name: str) -> float:
    """Return a metric's value on a /metrics page; 0 if it is not there."""
    lines = (line for line in text.splitlines() if line.startswith(f"posewarden_{name}"))
    return sum(float(line.rpartition(" ")[2]) for line in lines)
