"""`bench score`: posts poses from many connections at once, as clients of a scoring service do.

It starts a service without cameras, or asks a running one, such as one of another version. Every
connection sends its next request as soon as the last one is answered.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from export.bench.site.score_load import Answers, ask
from export.bench.site.service import RunningService, cpu_s

CONNECTIONS = (1, 16, 64, 256)
FRAMES, FPS = 24, 24.0


@dataclass(frozen=True, slots=True)
class Form:
    """How a request is written, and what it asks for.

    Attributes:
        array: the poses come as a NumPy array, not as JSON.
        kinds: it asks whether they show a fall or running.
    """

    array: bool = False
    kinds: bool = True

    def path(self) -> str:
        """Return the path with its query."""
        rate = f"&fps={FPS:g}" if self.array else ""
        return f"/score?kinds={str(self.kinds).lower()}{rate}"


ORDINARY = Form()


def body(seed: int = 0, *, array: bool = False) -> bytes:
    """Return an ordinary request, 5 to 9 KB: one window of somebody who sways a little."""
    rng = np.random.default_rng(seed)
    standing = np.array([[100.0 + 3 * (n % 5), 50.0 + 10 * n, 0.9] for n in range(17)])
    poses = standing + rng.normal(size=(FRAMES, 17, 3)) * [1.0, 1.0, 0.01]
    if array:
        stream = BytesIO()
        np.save(stream, poses.astype(np.float32))
        return stream.getvalue()
    return json.dumps({"poses": poses.round(3).tolist(), "fps": FPS}).encode()


def measure(
    url: str, connections: int, seconds: float, form: Form = ORDINARY, process: int | None = None
) -> dict[str, Any]:
    """Ask for so long over so many connections; return rate, delays and what was refused.

    Args:
        process: of the service's API, whose processor time is measured, too.
    """
    parts = urlsplit(url)
    address = parts.hostname or "127.0.0.1", parts.port or 80
    processes = [] if process is None else [process]
    used_s, own_s = cpu_s(processes), time.process_time()
    begun_s = time.monotonic()
    answers = ask(address, _request(parts.netloc, form), connections, seconds)
    took_s = time.monotonic() - begun_s
    used_s, own_s = cpu_s(processes) - used_s, time.process_time() - own_s
    figures = _figures(answers, seconds)
    cpu_us = 1e6 * used_s / max(sum(map(len, answers.seconds.values())), 1)
    return {
        "connections": connections,
        **figures,
        "server_cpu_us": round(cpu_us) if processes else None,
        # Near 1 the load, not the service, is what was measured.
        "client_cpu": round(own_s / took_s, 2),
    }


def _figures(answers: Answers, seconds: float) -> dict[str, Any]:
    good_s = answers.seconds.get(200, [])
    total = sum(map(len, answers.seconds.values()))
    return {
        "scored_per_s": round(len(good_s) / seconds, 1),
        "refused": round(1 - len(good_s) / max(total, 1), 4),
        "p50_ms": round(1000 * float(np.median(good_s)), 1) if good_s else None,
        "p99_ms": round(1000 * float(np.quantile(good_s, 0.99)), 1) if good_s else None,
        "statuses": {str(status): len(took) for status, took in sorted(answers.seconds.items())},
    }


def _request(host: str, form: Form) -> bytes:
    content = body(array=form.array)
    kind = "application/x-npy" if form.array else "application/json"
    head = (
        f"POST {form.path()} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@contextmanager
def _pinned(core: int | None) -> Iterator[None]:
    """Let what is started meanwhile run on one core; None: on any."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _cores(pin: bool) -> tuple[int | None, int | None]:
    """Return the cores of the load and of the service.

    Raises:
        SystemExit: there is one only.
    """
    if not pin:
        return None, None
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("--pin needs two cores: one for the service, one for the load")
    return cores[0], cores[-1]


def _start(stack: ExitStack, core: int | None, site: Mapping[str, Any]) -> RunningService:
    with _pinned(core):
        return stack.enter_context(RunningService([], site=site))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench score`."""
    parser.add_argument("--url", help="a running service; without it one is started")
    parser.add_argument("--connections", type=int, nargs="+", default=list(CONNECTIONS))
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--array", action="store_true", help="send NumPy arrays in place of JSON")
    parser.add_argument("--no-kinds", action="store_true", help="ask for no falls and runs")
    parser.add_argument(
        "--pin", action="store_true", help="the service on one core, the load on another"
    )
    parser.add_argument(
        "--batching-off",
        action="store_true",
        help="also measure a service that scores each request by itself, in turns",
    )
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Measure with each number of connections and print a line for each."""
    if arguments.url and (arguments.pin or arguments.batching_off):
        raise SystemExit("--pin and --batching-off are about a service that is started here")
    load_core, service_core = _cores(arguments.pin)
    form = Form(array=arguments.array, kinds=not arguments.no_kinds)
    with ExitStack() as stack:
        services: dict[str, tuple[str, int | None]] = {}
        if arguments.url:
            services["given"] = arguments.url, None
        else:
            sites = {"on": {}, "off": {"score_batch": 1}} if arguments.batching_off else {"on": {}}
            for batching, site in sites.items():
                running = _start(stack, service_core, site)
                services[batching] = running.url, running.roles()["api"][0]
        with _pinned(load_core):
            _measure_all(services, form, arguments)


def _measure_all(
    services: Mapping[str, tuple[str, int | None]], form: Form, arguments: argparse.Namespace
) -> None:
    for url, _ in services.values():
        measure(url, 1, 1.0, form)  # the first requests open what is opened once
    for connections in arguments.connections:
        rates: dict[str, float] = {}
        for batching, (url, process) in services.items():
            measured = measure(url, connections, arguments.seconds, form, process)
            rates[batching] = measured["scored_per_s"]
            figures = {"batching": batching, "load": round(os.getloadavg()[0], 1), **measured}
            if "on" in rates and "off" in rates:
                figures["batching_gains"] = round(rates["on"] / max(rates["off"], 0.1), 2)
            line = "  ".join(f"{name} {value}" for name, value in figures.items())
            print(json.dumps(figures) if arguments.json else line, flush=True)
