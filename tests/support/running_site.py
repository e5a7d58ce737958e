"""A look at `posewarden up` from outside; it is started by `export.bench.site.service`."""

import json
from contextlib import suppress
from typing import Any

import psutil
from websockets.sync.client import connect

from export.bench.site.service import RunningService
from support.message_check import check_message
from support.waiting import PATIENCE_S

# Below any score there is: whoever is scored raises an alert, whatever model runs.
EVERYBODY = -1000.0


def child(service: RunningService, word: str) -> psutil.Process | None:
    """Return the service's child process with this word in its command line."""
    for each in psutil.Process(service.process.pid).children():
        with suppress(psutil.Error):  # just killed, not yet mourned
            if word in " ".join(each.cmdline()):
                return each
    return None


def replay(service: RunningService, last_id: str) -> list[dict[str, Any]]:
    """Resume after an id as an independent client; return the alerts' changes of a second.

    The second begins with the first message, however long that takes.
    """
    events: list[dict[str, Any]] = []
    wait_s = PATIENCE_S
    url = service.url.replace("http", "ws", 1) + f"/ws/alerts?last_id={last_id}"
    with connect(url, open_timeout=PATIENCE_S) as socket:
        try:
            while True:
                event = json.loads(socket.recv(timeout=wait_s))
                wait_s = 1.0
                check_message(event)
                if event["type"] != "system":
                    events.append(event)
        except TimeoutError:
            return events


def metric(text: str, name: str) -> float:
    """Return a metric's value on a /metrics page; 0 if it is not there."""
    lines = (line for line in text.splitlines() if line.startswith(f"posewarden_{name}"))
    return sum(float(line.rpartition(" ")[2]) for line in lines)
