"""`bench archive`: fills an archive with very many alerts and measures how long its pages take.

The alerts are written into SQLite's file while the site is stopped; pages are asked for over HTTP,
one after the other, as clients do. Depth, words and filters are drawn by a seed.
"""

import argparse
import http.client
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice, product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from export.bench.figures import print_figures
from export.bench.site.service import RunningService
from inference.types import KINDS, VERDICTS

CAMERAS = tuple(f"camera-{number}" for number in range(1, 33))
STATES, SEVERITIES = ("open", "closed"), ("notice", "warning", "critical")
FACETS = tuple(product(KINDS, STATES, SEVERITIES, ("none", *VERDICTS), (0, 1)))
# How often one alert is of each of these; the rest are what most are.
OPEN, JUDGED, ACKNOWLEDGED, NOTED = 0.0001, 0.05, 0.2, 0.02
ZONES = tuple(f"zone {number}" for number in range(1, 41))
IN_A_ZONE, IN_ANOTHER = 0.4, 0.1
WORDS = (
    *("the", "curtain", "moved", "cat", "wind", "shadow", "cleaner"),
    *("fell", "really", "trolley", "door", "box", "rain", "dog"),
)
SPAN_S = 80 * 86_400.0
ROWS_AT_ONCE = 10_000
PAGE = 50
Query = dict[str, Any]


def fill(file: Path, alerts: int, now: float, rng: random.Random) -> None:
    """Write so many alerts, with notes on some, into an archive that is not in use."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA synchronous=OFF")
        numbered = [(number, *facets) for number, facets in enumerate(FACETS, 1)]
        database.executemany("INSERT INTO facets VALUES (?, ?, ?, ?, ?, ?)", numbered)
        rows = (_alert(number, alerts, now, rng) for number in range(alerts))
        while piece := list(islice(rows, ROWS_AT_ONCE)):
            database.executemany(
                "INSERT INTO alerts (id, version, camera, facets, opened_at, alert, notes, "
                "size_bytes) VALUES (?, 3, ?, ?, ?, ?, 0, ?)",
                piece,
            )
            database.executemany("INSERT INTO zones VALUES (?, ?, ?, ?, ?)", _zones(piece, rng))
            noted = [row for row in piece if rng.random() < NOTED]
            database.executemany("INSERT INTO words VALUES (?, ?, ?)", _words(noted, rng))
            database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _alert(number: int, alerts: int, now: float, rng: random.Random) -> tuple[object, ...]:
    kind, severity = rng.choices(KINDS, (10, 50, 15, 5, 15, 5))[0], rng.choice(SEVERITIES)
    state = "open" if rng.random() < OPEN else "closed"
    verdict = rng.choices(VERDICTS, (30, 65, 5))[0] if rng.random() < JUDGED else "none"
    acknowledged = int(rng.random() < ACKNOWLEDGED)
    opened_at = now - SPAN_S * (number + rng.random()) / alerts
    camera, name = rng.choice(CAMERAS), f"{rng.getrandbits(80):020x}"
    shown = {
        "id": name,
        "camera": camera,
        "person": f"{camera}/1764000000.0-17/{number % 1000}",
        "state": state,
        "opened_at": opened_at,
        "updated_at": opened_at + 4,
        "closed_at": None if state == "open" else opened_at + 5,
        "peak_score": 3.25,
        "peak_at": opened_at + 1,
        "threshold": 1.75,
        "joints": ["left_wrist", "right_wrist", "left_ankle", "nose"],
        "model": "ab" * 32,
        "version": 3,
        "kind": kind,
        "kinds": [{"kind": kind, "peak_score": 3.25, "peak_at": opened_at + 1, "threshold": 1.75}],
        "reason": "moved in a way that is seen once in 12 hours",
        "rarity_hours": 12.0,
        "severity": severity,
    }
    facets = FACETS.index((kind, state, severity, verdict, acknowledged)) + 1
    text = json.dumps(shown)
    return name, camera, facets, opened_at, text, len(text)


def _zones(rows: Sequence[tuple[object, ...]], rng: random.Random) -> Iterator[tuple[object, ...]]:
    for name, camera, facets, opened_at, *_ in rows:
        chance = rng.random()
        there = 2 if chance < IN_ANOTHER else int(chance < IN_A_ZONE)
        for zone in rng.sample(ZONES, there):
            yield name, zone, camera, facets, opened_at


def _words(rows: Sequence[tuple[object, ...]], rng: random.Random) -> Iterator[tuple[object, ...]]:
    for name, _, _, opened_at, *_ in rows:
        chosen = {rng.choice(WORDS) for _ in range(6)}
        yield from (
            (beginning, opened_at, name)
            for beginning in {word[:end] for word in chosen for end in range(1, len(word) + 1)}
        )


def questions(now: float, rng: random.Random) -> dict[str, Callable[[], Query]]:
    """Return what is asked, by name; each call draws another one."""

    def time_range() -> Query:
        until = now - rng.random() * SPAN_S
        return {"since": until - 3 * 86_400, "until": until}

    def one_of_each() -> Query:
        return {
            "camera": rng.choice(CAMERAS),
            "kind": rng.choice(KINDS),
            "severity": rng.choice(SEVERITIES),
            "verdict": rng.choice(VERDICTS),
            "acknowledged": rng.choice(("true", "false")),
        }

    return {
        "newest": dict,
        "camera": lambda: {"camera": rng.choice(CAMERAS)},
        "cameras, 8 of 32": lambda: {"camera": rng.sample(CAMERAS, 8)},
        "kind": lambda: {"kind": rng.choice(KINDS)},
        "severity": lambda: {"severity": rng.choice(SEVERITIES)},
        "open": lambda: {"state": "open"},
        "verdict": lambda: {"verdict": rng.choice(VERDICTS)},
        "acknowledged": lambda: {"acknowledged": "true"},
        "time range": time_range,
        "all of these": one_of_each,
        "all of these, time range": lambda: {**one_of_each(), **time_range()},
        **_zones_and_words(rng),
    }


def _zones_and_words(rng: random.Random) -> dict[str, Callable[[], Query]]:
    """Return the questions that tables beside the alerts answer: of zones and of words."""

    def words() -> str:
        return " ".join(word[: rng.randint(3, 8)] for word in rng.sample(WORDS, rng.randint(1, 3)))

    return {
        "zone": lambda: {"zone": rng.choice(ZONES)},
        "zones, 3 of 40": lambda: {"zone": rng.sample(ZONES, 3)},
        "zone, kind, verdict, camera": lambda: {
            "zone": rng.choice(ZONES),
            "kind": rng.choice(KINDS),
            "verdict": rng.choice(VERDICTS),
            "camera": rng.choice(CAMERAS),
        },
        "text": lambda: {"text": words()},
        "text, verdict, camera": lambda: {
            "text": words(),
            "verdict": rng.choice(VERDICTS),
            "camera": rng.choice(CAMERAS),
        },
    }


def measure(url: str, now: float, repeats: int, rng: random.Random) -> dict[str, list[float]]:
    """Ask for pages, each once and once from a deep cursor; return milliseconds by question."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    times: dict[str, list[float]] = {}
    for name, draw in questions(now, rng).items():
        for _ in range(repeats):
            query = draw()
            times.setdefault(name, []).append(_ask(connection, query)[0])
            if "until" in query:
                continue
            # A cursor anywhere in the archive: that of a page which begins there.
            deep = _ask(connection, {**query, "until": now - rng.random() * SPAN_S})[1]
            if deep is not None:
                took_ms, _ = _ask(connection, {**query, "cursor": deep})
                times.setdefault(f"{name}, deep cursor", []).append(took_ms)
    connection.close()
    return times


def _ask(connection: http.client.HTTPConnection, query: Query) -> tuple[float, str | None]:
    begun_s = time.perf_counter()
    connection.request("GET", "/alerts?" + urlencode({**query, "limit": PAGE}, doseq=True))
    answer = connection.getresponse()
    page = json.loads(answer.read())
    if answer.status != http.client.OK:
        raise RuntimeError(f"{query}: {page}")
    return (time.perf_counter() - begun_s) * 1000, page["next"]


def bench(alerts: int, repeats: int, seed: int) -> dict[str, Any]:
    """Fill an archive, start a site over it and measure; return milliseconds by question."""
    rng, now = random.Random(seed), time.time()
    site = {"retention": {"alerts_days": 36_500}}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data" / "archive" / "archive.db"
        with RunningService([], folder=Path(folder), site=site):
            pass  # makes the tables
        begun_s = time.perf_counter()
        fill(file, alerts, now, rng)
        filled_s = time.perf_counter() - begun_s
        with RunningService([], folder=Path(folder), site=site) as service:
            times = measure(service.url, now, repeats, rng)
        size_mb = file.stat().st_size / 1e6
    together = [each for taken in times.values() for each in taken]
    rows = {name: _quantiles(taken) for name, taken in times.items()}
    return {
        "alerts": alerts,
        "file_mb": round(size_mb),
        "filled_s": round(filled_s),
        "p50 / p95 / max, ms": _quantiles(together),
        **rows,
    }


def _quantiles(times_ms: Sequence[float]) -> str:
    p50, p95, largest = np.quantile(times_ms, (0.5, 0.95, 1.0))
    return f"{p50:.1f} / {p95:.1f} / {largest:.1f}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's flags."""
    parser.add_argument("--alerts", type=int, default=1_000_000, metavar="N", help="(%(default)s)")
    parser.add_argument(
        "--repeats", type=int, default=40, metavar="N", help="pages a question (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="(%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> None:
    """Run the command."""
    print_figures(bench(options.alerts, options.repeats, options.seed), as_json=options.json)
