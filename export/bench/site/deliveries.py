"""`bench deliveries`: how soon alerts reach a webhook, and what it gets that was away for a while.

A whole service with simulated cameras, two webhooks and a client of the WebSocket as the witness.
While both receivers are there the time from the alert to the request is measured: the event's id
has the moment at which it was written. Then both are stopped for a while, in which so many alerts
must have opened at least, and started again: one wants each missed message by itself, the other one
summary.
"""

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any

import numpy as np

from export.bench.site.service import Received, RunningService, free_port
from export.bench.site.waiting import await_state

# Below any score there is: everybody raises an alert, and each loop closes the last one's.
EVERYBODY = -1000.0
MISSED_AFTER_S = 5.0
GIVE_UP_S = 3600.0
QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Request:
    """One message that came, and when, UTC seconds."""

    at: float
    body: dict[str, Any]
    header_key: str


@dataclass
class Webhook:
    """A receiver that can be stopped and started on the same port."""

    port: int = field(default_factory=free_port)
    requests: list[Request] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Take requests."""
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                at = time.time()
                body = self.rfile.read(int(self.headers["content-length"]))
                key = self.headers["idempotency-key"]
                requests.append(Request(at, json.loads(body), key))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def latency_rows(opened: Sequence[Received], requests: Sequence[Request]) -> Iterator[Any]:
    """Yield the quantiles of the time from capture, and from the alert, to the request."""
    told = {each.event["alert"]["id"]: each for each in opened}
    pairs = [
        (told[each.body["alert"]["id"]], each)
        for each in requests
        if each.body["event"] == "opened" and each.body["alert"]["id"] in told
    ]
    delays = {
        "capture to request": [r.at - t.event["alert"]["opened_at"] for t, r in pairs],
        "alert to request": [r.at - written_at(t) for t, r in pairs],
    }
    for what, seconds in delays.items():
        quantiles = np.quantile(seconds, QUANTILES) if seconds else [float("nan")] * 3
        figures = {
            f"p{quantile * 100:g}_ms": round(1000 * delay_s)
            for quantile, delay_s in zip(QUANTILES, quantiles, strict=True)
        }
        yield {"measured": what, "alerts": len(seconds), **figures}


def written_at(message: Received) -> float:
    """Return when an alert's change was written, by its event's id, UTC seconds."""
    return int(str(message.event["id"]).partition("-")[0]) / 1000


def outage_row(opened: Sequence[Received], requests: Sequence[Request]) -> dict[str, Any]:
    """Return what became of the alerts that opened while the receiver of each was away."""
    wanted = {f"{each.event['alert']['id']}-{each.event['alert']['version']}" for each in opened}
    came = [each for each in requests if each.body["event"] in ("opened", "closed")]
    keys = Counter(each.body["key"] for each in came)
    versions: dict[str, list[int]] = {}
    for each in came:
        versions.setdefault(each.body["alert"]["id"], []).append(each.body["alert"]["version"])
    return {
        "missed": "each",
        "alerts": len(wanted),
        "lost": len(wanted - keys.keys()),
        "doubled": sum(keys.values()) - len(keys),
        "out_of_order": sum(each != sorted(each) for each in versions.values()),
        "other_key_in_header": sum(each.header_key != each.body["key"] for each in came),
    }


def summary_row(opened: Sequence[Received], requests: Sequence[Request]) -> dict[str, Any]:
    """Return what the receiver got that wants one summary."""
    summaries = [each.body["summary"] for each in requests if each.body["summary"]]
    single = [each for each in requests if each.body["event"] == "opened"]
    return {
        "missed": "summary",
        "alerts": len(opened),
        "summaries": len(summaries),
        "alerts_in_them": sum(each["count"] for each in summaries),
        "single_messages": len(single),
    }


class Bench:
    """A running service and its two receivers."""

    def __init__(self, cameras: int, people: int) -> None:
        self.each, self.summary = Webhook(), Webhook()
        sources = [
            f"sim:?people={people}&fps=15&seed={number}&events=fall@1&loop=5"
            for number in range(cameras)
        ]
        rows = [
            {"name": f"c{number}", "source": source, "threshold": EVERYBODY}
            for number, source in enumerate(sources)
        ]
        common = {"type": "webhook", "allow_local": True, "system": False}
        outputs = [
            {**common, "name": "each", "url": self.each.url, "missed": "each"},
            {
                **common,
                "name": "summary",
                "url": self.summary.url,
                "events": ["opened"],
                "missed_after_s": MISSED_AFTER_S,
            },
        ]
        self.service = RunningService(rows, site={"outputs": outputs})

    def latency(self, seconds: float) -> Iterator[dict[str, Any]]:
        """Measure while everybody is there."""
        time.sleep(seconds)
        yield from latency_rows(self.service.opened(), list(self.each.requests))

    def outage(self, alerts: int, least_s: float) -> Iterator[dict[str, Any]]:
        """Stop both receivers so long that so many alerts open; say what comes afterwards."""
        first = len(self.service.opened())
        begun_s = time.monotonic()
        for webhook in (self.each, self.summary):
            webhook.stop()
            webhook.requests.clear()
        await_state(
            lambda: len(self.service.opened()) >= first + alerts, "the alerts", within_s=GIVE_UP_S
        )
        time.sleep(max(0.0, begun_s + least_s - time.monotonic()))
        missed = self.service.opened()[first + 1 :]
        away_s = time.monotonic() - begun_s
        self.each.start()
        self.summary.start()
        wanted = {each.event["alert"]["id"] for each in missed}
        await_state(lambda: wanted <= _came(self.each), "the missed messages", within_s=GIVE_UP_S)
        await_state(lambda: bool(self.summary.requests), "the summary", within_s=GIVE_UP_S)
        took_s = time.monotonic() - begun_s - away_s
        times = {"away_s": round(away_s), "caught_up_after_s": round(took_s)}
        yield {**outage_row(missed, list(self.each.requests)), **times}
        yield {**summary_row(missed, list(self.summary.requests)), **times}


def _came(webhook: Webhook) -> set[str]:
    found = (each.body["alert"] for each in list(webhook.requests))
    return {each["id"] for each in found if each is not None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench deliveries`."""
    parser.add_argument("--cameras", type=int, default=32, help="simulated (%(default)s)")
    parser.add_argument("--people", type=int, default=2, help="before each (%(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the first part")
    parser.add_argument("--alerts", type=int, default=500, help="while the receivers are away")
    parser.add_argument("--away-s", type=float, default=600.0, help="they are away (%(default)s)")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print a line for each figure."""
    bench = Bench(arguments.cameras, arguments.people)
    bench.each.start()
    bench.summary.start()
    try:
        with bench.service:
            away = bench.outage(arguments.alerts, arguments.away_s)
            for row in chain(bench.latency(arguments.seconds), away):
                text = "  ".join(f"{name} {value}" for name, value in row.items())
                print(json.dumps(row) if arguments.json else text, flush=True)
    finally:
        bench.each.stop()
        bench.summary.stop()
