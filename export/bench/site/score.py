"""`bench score`: posts poses from many connections at once, as clients of a scoring service do.

It starts a service without cameras, or asks a running one, such as one of another version. Every
connection sends its next request as soon as the last one is answered.
"""

import argparse
import asyncio
import json
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from export.bench.site.service import RunningService

CONNECTIONS = (1, 16, 64, 256)
FRAMES, FPS = 24, 24.0


@dataclass(slots=True)
class Answers:
    """What the connections got in one measurement: seconds of each answer, by its status."""

    seconds: dict[int, list[float]] = field(default_factory=dict)

    def add(self, status: int, took_s: float) -> None:
        """Add an answer."""
        self.seconds.setdefault(status, []).append(took_s)


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


def measure(url: str, connections: int, seconds: float, form: Form = ORDINARY) -> dict[str, Any]:
    """Ask for so long over so many connections; return rate, delays and what was refused."""
    answers = Answers()
    asyncio.run(_ask(url, connections, seconds, answers, form))
    good_s = answers.seconds.get(200, [])
    total = sum(map(len, answers.seconds.values()))
    return {
        "connections": connections,
        "scored_per_s": round(len(good_s) / seconds, 1),
        "refused": round(1 - len(good_s) / max(total, 1), 4),
        "p50_ms": round(1000 * float(np.median(good_s)), 1) if good_s else None,
        "p99_ms": round(1000 * float(np.quantile(good_s, 0.99)), 1) if good_s else None,
        "statuses": {str(status): len(took) for status, took in sorted(answers.seconds.items())},
    }


async def _ask(url: str, connections: int, seconds: float, answers: Answers, form: Form) -> None:
    parts = urlsplit(url)
    content = body(array=form.array)
    kind = "application/x-npy" if form.array else "application/json"
    head = (
        f"POST {form.path()} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    end_s = time.monotonic() + seconds
    address = parts.hostname or "127.0.0.1", parts.port or 80
    await asyncio.gather(
        *(_connection(address, head.encode() + content, end_s, answers) for _ in range(connections))
    )


async def _connection(
    address: tuple[str, int], request: bytes, end_s: float, answers: Answers
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    try:
        answered_s = time.monotonic()
        while True:  # at least once, however long the connection took
            begun_s = answered_s
            writer.write(request)
            status = await _answer(reader)
            answered_s = time.monotonic()
            answers.add(status, answered_s - begun_s)
            if answered_s >= end_s:
                break
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].partition("\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split()[1])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench score`."""
    parser.add_argument("--url", help="a running service; without it one is started")
    parser.add_argument("--connections", type=int, nargs="+", default=list(CONNECTIONS))
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--array", action="store_true", help="send NumPy arrays in place of JSON")
    parser.add_argument("--no-kinds", action="store_true", help="ask for no falls and runs")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Measure with each number of connections and print a line for each."""
    service = nullcontext() if arguments.url else RunningService([])
    with service as running:
        url = arguments.url or (running.url if running else "")
        form = Form(array=arguments.array, kinds=not arguments.no_kinds)
        measure(url, 1, 1.0, form)  # the first requests open what is opened once
        for connections in arguments.connections:
            figures = measure(url, connections, arguments.seconds, form)
            line = "  ".join(f"{name} {value}" for name, value in figures.items())
            print(json.dumps(figures) if arguments.json else line, flush=True)
