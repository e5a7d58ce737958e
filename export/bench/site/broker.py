"""`bench broker`: what a consumer of MQTT gets of a broker that is killed again and again.

A whole service with one simulated camera whose people raise alerts, and notes about them, ten a
second: each is an event of its own. A mosquitto that keeps its sessions on disk is killed (SIGKILL)
at random moments and started again. The consumer has a persistent session at qos 1 and keeps the
keys that it has seen; the WebSocket is the witness of what there was to send.
"""

import argparse
import json
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from export.bench.site.service import RunningService, free_port
from tracker.errors import ConfigError

EVERYBODY = -1000.0  # below any score there is: everybody raises an alert
CAMERA = {"name": "gate", "source": "sim:?people=3&fps=10&events=fall@1&loop=5"}
CATCHES_UP_WITHIN_S = 600.0
ALIVE_S = (0.2, 2.0)  # so long a broker works with everybody connected before it is killed
AWAY_S = (0.0, 1.0)


class Broker:
    """A mosquitto on one port that keeps what it knows on disk, whatever ends it."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/bin:/usr/local/bin")
        if found is None:
            raise ConfigError("mosquitto is not on the PATH; apt-get install mosquitto")
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n"
            f"persistence true\npersistence_location {folder}/\n"
            "autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n"
        )
        self._command = [found, "-c", str(self._config)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; clients come back by themselves."""
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(self._command, stdout=quiet, stderr=quiet)

    def kill(self) -> None:
        """End it by SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@dataclass
class Consumer:
    """A client with a persistent session that remembers each event's key, in order of arrival.

    Attributes:
        keys: of every message that came, repeated ones, too.
        alerts: the alert and version of each, by key; None: it has no version of its own.
    """

    port: int
    keys: list[str] = field(default_factory=list)
    alerts: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connected = threading.Event()
        version = CallbackAPIVersion.VERSION2
        self._client = client = mqtt.Client(version, client_id="consumer", clean_session=False)
        client.reconnect_delay_set(1, 1)
        client.on_connect = self._subscribe
        client.on_disconnect = lambda *_: self.connected.clear()
        client.on_message = self._remember
        client.connect_async("127.0.0.1", self.port)
        client.loop_start()

    def close(self) -> None:
        """End the client."""
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe("posewarden/site/+/alert", qos=1)
        self.connected.set()

    def _remember(self, _: mqtt.Client, __: object, message: mqtt.MQTTMessage) -> None:
        event = json.loads(message.payload)
        self.alerts.setdefault(event["key"], (event["id"], event["version"]))
        self.keys.append(event["key"])


class Notes:
    """Writes notes about the newest alert, so many a second."""

    def __init__(self, service: RunningService, per_second: float) -> None:
        self._service = service
        self._rest_s = 1.0 / per_second
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    @contextmanager
    def written(self) -> Iterator[None]:
        """Write until the block ends."""
        self._thread.start()
        try:
            yield
        finally:
            self._ends.set()
            self._thread.join()

    def _write(self) -> None:
        number = 0
        while not self._ends.wait(self._rest_s):
            if opened := self._service.opened():
                number += 1
                alert = opened[-1].event["alert"]["id"]
                self._service.post(f"/alerts/{alert}/notes", {"text": f"note {number}"})


def keys_of(events: list[dict[str, Any]]) -> set[str]:
    """Return the keys of the events that the witness saw."""
    return {f"{each['alert']['id']}-{_change(each)}" for each in events}


def _change(event: dict[str, Any]) -> str:
    act = event.get("act")
    return str(event["alert"]["version"] if act is None else act["id"])


def figures(sent: set[str], before: set[str], consumer: Consumer) -> dict[str, Any]:
    """Return what became of the events; `doubled` came under a key that the witness never saw.

    Args:
        before: keys of events before the first kill, which do not count.
    """
    wanted = sent - before
    keys = list(dict.fromkeys(consumer.keys))
    seen = [key for key in keys if key not in before]
    versions: dict[str, list[int]] = {}
    for key in seen:
        alert, version = consumer.alerts[key]
        if key == f"{alert}-{version}":
            versions.setdefault(alert, []).append(version)
    return {
        "events": len(wanted),
        "lost": len(wanted - set(seen)),
        "repeated": len(consumer.keys) - len(keys),
        "doubled": len(set(seen) - wanted),
        "out_of_order": sum(each != sorted(each) for each in versions.values()),
    }


class Bench:
    """A service, its broker and a consumer."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._rng = random.Random(seed)
        self.broker = Broker(folder)
        output = {"name": "home", "type": "mqtt", "host": "127.0.0.1", "port": self.broker.port}
        self.service = RunningService(
            [{**CAMERA, "threshold": EVERYBODY}], site={"outputs": [output]}
        )
        self.broker.start()
        self.consumer = Consumer(self.broker.port)

    def run(self, kills: int, per_second: float) -> dict[str, Any]:
        """Kill the broker so often; return what became of the events."""
        begun_s = time.monotonic()
        with Notes(self.service, per_second).written():
            _await(lambda: bool(self.consumer.keys), "the first event")
            before = self._sent() | set(self.consumer.keys)
            for _ in range(kills):
                self._kill_once()
        _await(self._has_all, "all events")
        row = figures(self._sent(), before, self.consumer)
        return {"kills": kills, **row, "took_s": round(time.monotonic() - begun_s)}

    def _kill_once(self) -> None:
        before = len(self.consumer.keys)
        time.sleep(self._rng.uniform(*ALIVE_S))
        self.broker.kill()
        time.sleep(self._rng.uniform(*AWAY_S))
        self.broker.start()
        # Once events flow again, both are back: each kill meets deliveries that are on their way.
        _await(lambda: len(self.consumer.keys) > before, "events after a kill")

    def _sent(self) -> set[str]:
        return keys_of([each.event for each in list(self.service.received)])

    def _has_all(self) -> bool:
        return self._sent() <= set(self.consumer.keys)


def _await(look: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + CATCHES_UP_WITHIN_S
    while not look() and time.monotonic() < end_s:
        time.sleep(0.05)
    if not look():
        print(f"{what} did not come within {CATCHES_UP_WITHIN_S:g} s", flush=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench broker`."""
    parser.add_argument("--kills", type=int, default=50, help="of the broker (%(default)s)")
    parser.add_argument("--notes", type=float, default=10.0, help="a second (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (%(default)s)")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Kill and count, and print a line."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), arguments.seed)
        try:
            with bench.service:
                row = bench.run(arguments.kills, arguments.notes)
        finally:
            bench.consumer.close()
            bench.broker.kill()
    text = "  ".join(f"{name} {value}" for name, value in row.items())
    print(json.dumps(row) if arguments.json else text, flush=True)
