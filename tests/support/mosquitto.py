"""Debian's mosquitto with TLS and a password, started by the tests that need it."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from export.bench.site.service import free_port
from support.rtsp import certificate
from support.waiting import eventually
from tracker.child_process import signalled_with_parent

USER, PASSWORD = "warden", "a pass phrase"


class Mosquitto:
    """A broker of its own in a temporary folder; skips the test where mosquitto is absent.

    Args:
        remembers: whether it keeps sessions on disk at every change, so that a kill loses nothing.

    Attributes:
        port: of localhost, over TLS.
        ca_file: the certificate to trust.
    """

    def __init__(self, *, remembers: bool = False) -> None:
        binary = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        if binary is None:
            remedy = "mosquitto is not on the PATH; apt-get install mosquitto"
            (pytest.fail if "CI" in os.environ else pytest.skip)(remedy)
            raise AssertionError
        self._binary = binary
        # Not below pytest's folder: the broker gives up root, and could not enter it.
        self._folder = Path(tempfile.mkdtemp(prefix="posewarden-mosquitto-"))
        self._folder.chmod(0o755)
        self.ca_file = certificate(self._folder, host="localhost")
        passwords = self._folder / "passwords"
        program = shutil.which("mosquitto_passwd") or "/usr/bin/mosquitto_passwd"
        subprocess.run([program, "-b", "-c", passwords, USER, PASSWORD], check=True)
        for file in self._folder.iterdir():
            file.chmod(0o644)
        self.port = free_port()
        self._config = self._folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} localhost\nallow_anonymous false\npassword_file {passwords}\n"
            f"certfile {self.ca_file}\nkeyfile {self._folder / 'key.pem'}\n"
            "max_queued_messages 0\n" + (self._kept() if remembers else "persistence false\n")
        )
        self._process: subprocess.Popen[bytes] | None = None

    def _kept(self) -> str:
        folder = self._folder / "kept"
        folder.mkdir()
        folder.chmod(0o777)  # the broker gives up root
        return (
            f"persistence true\npersistence_location {folder}/\n"
            "autosave_on_changes true\nautosave_interval 1\n"
        )

    def start(self) -> None:
        """Start it; return once it takes a client. Harmless while it runs."""
        if self._process is not None:
            return
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary, "-c", str(self._config)],
                stdout=log,
                stderr=log,
                preexec_fn=signalled_with_parent(9),
            )
        eventually(self._listens, what="mosquitto listens")

    def _listens(self) -> bool:
        try:
            with socket.create_connection(("localhost", self.port), timeout=1):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        """End it at once; what it retained is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """End it and remove its folder."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return an output's settings for this broker."""
        return {
            "name": "home",
            "type": "mqtt",
            "host": "localhost",
            "port": self.port,
            "tls": True,
            "ca_file": str(self.ca_file),
            "user": USER,
            "password": PASSWORD,
        } | more


@dataclass(frozen=True)
class Heard:
    """One message as a client got it."""

    topic: str
    payload: bytes
    retained: bool


@dataclass
class Client:
    """Home Assistant's side: subscribes to everything and remembers it; reconnects by itself.

    Attributes:
        session: the name of a session that the broker keeps for it; None: it keeps none.
    """

    broker: Mosquitto
    session: str | None = None
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ready = threading.Event()
        self._client = client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.session or "",
            clean_session=self.session is None,
        )
        client.username_pw_set(USER, PASSWORD)
        client.tls_set_context(ssl.create_default_context(cafile=self.broker.ca_file))
        client.reconnect_delay_set(1, 1)
        client.on_connect = self._subscribe
        client.on_subscribe = lambda *_: self._ready.set()
        client.on_disconnect = lambda *_: self._ready.clear()
        client.on_message = self._remember
        client.connect_async("localhost", self.broker.port)
        client.loop_start()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def connected(self) -> bool:
        """Tell whether it hears everything from now on."""
        return self._ready.is_set()

    def last(self, topic: str) -> bytes | None:
        """Return the newest payload of a topic; None before the first."""
        return next((each.payload for each in reversed(self.heard) if each.topic == topic), None)

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        eventually(self.connected)
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(60)

    def _subscribe(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe("#", qos=1)

    def _remember(self, _: mqtt.Client, __: object, message: mqtt.MQTTMessage) -> None:
        self.heard.append(Heard(message.topic, bytes(message.payload), message.retain))
