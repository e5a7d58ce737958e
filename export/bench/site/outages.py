"""`bench outages`: measures how soon a service reports a camera's outage, and its return.

The camera's server is killed, frozen and restarted; `/cameras` is read ten times a second.
"""

import argparse
import json
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from export.bench.site.service import RunningService

POLL_EVERY_S = 0.1
BACK_WITHIN_S = 90.0
STARTS_WITHIN_S = 20.0
STEADY_S = 6.0  # how long the camera runs undisturbed before the next fault


class Server(Protocol):
    """The process that serves the camera's stream."""

    def start(self) -> None:
        """Start serving; return once it accepts clients."""

    def kill(self) -> None:
        """Kill it, if it runs."""

    def freeze(self) -> None:
        """Pause it; its connections stay open."""

    def thaw(self) -> None:
        """Resume it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of outage, with its length."""

    name: str
    begin: Callable[[], None]
    end: Callable[[], None]
    down_s: float


@dataclass(slots=True)
class Outage:
    """How `/cameras` reported one fault.

    Attributes:
        changes: seconds since the fault, state and reason, at each change of state or reason.
        noticed_s: from the fault to the first state other than live; None if never.
        back_s: from the server's return to a frame captured after it; None if never.
    """

    fault: str
    down_s: float
    changes: list[tuple[float, str, str | None]] = field(default_factory=list)
    noticed_s: float | None = None
    back_s: float | None = None


def faults(server: Server, *, down_s: float) -> list[Fault]:
    """Return the faults to run, in order."""

    def nothing() -> None:
        """Do nothing: the fault ends as soon as it begins."""

    def restart() -> None:
        server.kill()
        server.start()

    return [
        Fault("kill -9, started again", restart, nothing, 0.0),
        Fault(f"kill -9, back after {down_s:.0f} s", server.kill, server.start, down_s),
        Fault(f"frozen, thawed after {down_s:.0f} s", server.freeze, server.thaw, down_s),
    ]


def run_fault(service: RunningService, camera: str, fault: Fault) -> Outage:
    """Begin and end a fault; return how `/cameras` reported it."""
    outage = Outage(fault.name, fault.down_s)
    began_at = time.time()
    fault.begin()
    while time.time() < began_at + fault.down_s:
        _observe(service, camera, outage, began_at)
    fault.end()
    back_at = time.time()
    while time.time() < back_at + BACK_WITHIN_S:
        status = _observe(service, camera, outage, began_at)
        # It is live once frames have come for a while: how soon they come is asked here.
        if (status["last_frame_at"] or 0.0) > back_at:
            outage.back_s = round(time.time() - back_at, 1)
            break
    return outage


def wait_until_live(service: RunningService, camera: str, within_s: float = 60.0) -> None:
    """Wait until the camera is live.

    Raises:
        RuntimeError: it is not live in time.
    """
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        status = _status(service, camera)
        if status["state"] == "live":
            return
        time.sleep(POLL_EVERY_S)
    raise RuntimeError(f"camera {camera} was not live within {within_s:.0f} s: {status}")


def table(outages: list[Outage]) -> str:
    """Format the outages as lines of text."""
    lines = ["fault                        noticed  back   seconds since the fault: state (reason)"]
    for each in outages:
        changes = "; ".join(
            f"{after_s:.1f}: {state}" + (f" ({reason})" if reason else "")
            for after_s, state, reason in each.changes
        )
        noticed, back = (_seconds(value) for value in (each.noticed_s, each.back_s))
        lines.append(f"{each.fault:27}  {noticed:>7}  {back:>5}  {changes}")
    return "\n".join(lines)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _observe(
    service: RunningService, camera: str, outage: Outage, began_at: float
) -> dict[str, Any]:  # JSON as it came
    time.sleep(POLL_EVERY_S)
    status = _status(service, camera)
    after_s = round(time.time() - began_at, 1)
    report = (status["state"], status["reason"])
    if outage.noticed_s is None and status["state"] != "live":
        outage.noticed_s = after_s
    # The seconds in a reason count up: ignore digits.
    if not outage.changes or (report[0], _without_digits(report[1])) != (
        outage.changes[-1][1],
        _without_digits(outage.changes[-1][2]),
    ):
        outage.changes.append((after_s, *report))
    return status


def _without_digits(reason: str | None) -> str:
    return "".join(letter for letter in reason or "" if not letter.isdigit())


def _status(service: RunningService, camera: str) -> dict[str, Any]:  # JSON as it came
    status: dict[str, Any] = next(c for c in service.get("/cameras") if c["name"] == camera)
    return status


class _Command(Server):
    """A server started by a command line; it is ready once its port accepts clients."""

    def __init__(self, command: str, source: str) -> None:
        parts = urlsplit(source)
        self._command = shlex.split(command)
        self._place = (parts.hostname or "127.0.0.1", parts.port or 554)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        end_s = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < end_s:
            try:
                socket.create_connection(self._place, timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"no server at port {self._place[1]} after {STARTS_WITHIN_S:.0f} s")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench outages`."""
    parser.add_argument("--server", required=True, help="command that serves the stream")
    parser.add_argument("--source", required=True, help="the stream's address")
    parser.add_argument("--models", type=Path, nargs="*", default=[], help="folders with weights")
    parser.add_argument(
        "--down", type=float, nargs="+", default=[10.0], help="lengths of the outages in seconds"
    )
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Run all faults for each length of outage and print the results."""
    server = _Command(arguments.server, arguments.source)
    camera = {"name": "gate", "source": arguments.source}
    site = {"model_folders": [str(folder.resolve()) for folder in arguments.models]}
    outages: list[Outage] = []
    server.start()
    try:
        with RunningService([camera], site=site) as service:
            for down_s in arguments.down:
                for fault in faults(server, down_s=down_s)[bool(outages) :]:
                    wait_until_live(service, "gate")
                    time.sleep(STEADY_S)
                    outages.append(run_fault(service, "gate", fault))
    finally:
        server.kill()
    if arguments.json:
        print(json.dumps([asdict(each) for each in outages]))
        return
    print(table(outages))
