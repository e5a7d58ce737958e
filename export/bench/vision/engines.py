"""`bench engines`: what each network costs in each engine, and how far the answers differ.

Engines and numbers of threads take turns within one run, so that a busy machine slows all of them.
Ratios are medians over the turns.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from export.bench.figures import print_figures, processor
from export.bench.vision.engine_calls import (
    ENGINES,
    SETTINGS,
    Array,
    Call,
    Engine,
    accelerators,
)
from export.bench.vision.video import store_of
from tracker.errors import ConfigError
from tracker.pose.landmarks import pruned_model
from tracker.simulator.film.film import Film
from tracker.types import Image
from tracker.weights.store import BLAZEPOSE, BLAZEPOSE_LITE, WEIGHTS, ModelStore

# Vector units that decide what a network in whole numbers costs.
_UNITS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_int8")
# What other engines' spinning threads need to come to rest.
_REST_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One network in one engine.

    Attributes:
        cpu_ms, wall_ms: medians of a call, all threads together.
        cpu_ratio: of the processor time to that of the first engine with the same threads.
        difference: the largest between its outputs and those of the first engine with one thread.
    """

    network: str
    engine: str
    threads: int
    cpu_ms: float
    wall_ms: float
    cpu_ratio: float
    difference: float


@dataclass(slots=True)
class _Measured:
    engine: str
    threads: int
    call: Call
    cpu_ms: list[float]
    wall_ms: list[float]


def compare(
    path: Path,
    *,
    picture: Image,
    engines: Sequence[Engine] = ENGINES,
    threads: Sequence[int] = (1, 2),
    rounds: int = 20,
    name: str = "",
) -> list[Row]:
    """Measure a network in every engine that reads its file; the first one is the reference.

    Args:
        picture: uint8 (H, W, 3), shown to each of them.
        rounds: turns of each engine, of three calls.

    Raises:
        ConfigError: no installed engine reads it.
    """
    reading = [each for each in engines if path.suffix in each.reads and _installed(each.package)]
    if not reading:
        packages = sorted({each.package for each in engines if path.suffix in each.reads})
        raise ConfigError(f"{path}: no engine here reads it; install one of {packages}")
    all_measured = [
        _Measured(engine.name, number, engine.open(path, number, picture), [], [])
        for number, engine in product(threads, reading)
    ]
    reference = _by_size(all_measured[0].call())
    for _ in range(rounds):
        for each in all_measured:
            _take_turn(each)
    return [_row(name or path.stem, each, all_measured, reference) for each in all_measured]


def _take_turn(measured: _Measured, calls: int = 3) -> None:
    time.sleep(_REST_S)
    measured.call()  # what the engine before left in the caches is gone after one call
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    for _ in range(calls):
        measured.call()
    measured.cpu_ms.append((time.process_time() - cpu_s) / calls * 1e3)
    measured.wall_ms.append((time.perf_counter() - wall_s) / calls * 1e3)


def _row(network: str, one: _Measured, others: Sequence[_Measured], truth: list[Array]) -> Row:
    same = next(each for each in others if each.threads == one.threads)
    ratios = [mine / its for mine, its in zip(one.cpu_ms, same.cpu_ms, strict=True) if its > 0]
    return Row(
        network=network,
        engine=one.engine,
        threads=one.threads,
        cpu_ms=round(median(one.cpu_ms), 2),
        wall_ms=round(median(one.wall_ms), 2),
        cpu_ratio=round(median(ratios), 2) if ratios else float("nan"),
        difference=_difference(_by_size(one.call()), truth),
    )


def _by_size(outputs: Sequence[Array]) -> list[Array]:
    """Return copies in one order: engines list a network's outputs in orders of their own."""
    return sorted((np.array(each) for each in outputs), key=lambda each: each.shape)


def _difference(found: Sequence[Array], truth: Sequence[Array]) -> float:
    if [each.shape for each in found] != [each.shape for each in truth]:
        return float("inf")
    pairs = zip(found, truth, strict=True)
    return max(float(np.abs(one.astype(float) - other).max(initial=0.0)) for one, other in pairs)


def _installed(package: str) -> bool:
    return find_spec(package) is not None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench engines`."""
    add = parser.add_argument
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--file", type=Path, action="append", default=[], help="measure this .onnx or .tflite, too")
    add("--only", choices=[each.name for each in WEIGHTS], action="append", help="these weights")
    add("--settings", action="store_true", help="ONNX Runtime under other settings, too")
    add("--threads", type=int, nargs="+", default=[1, 2], help="threads of a call")
    add("--rounds", type=int, default=20, help="turns of each engine")
    add("--json", action="store_true", help="one JSON object instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Measure every network whose weights are here, and say which are not."""
    engines = (*ENGINES, *accelerators(), *(SETTINGS if arguments.settings else ()))
    shots = list(Film().shots())
    picture = shots[len(shots) // 2].image  # somebody stands in it
    with tempfile.TemporaryDirectory() as folder:
        files, missing = _networks(store_of(arguments), arguments.only, Path(folder))
        files |= {file.stem: file for file in arguments.file}
        rows = [
            row
            for name, file in files.items()
            for row in compare(
                file,
                name=name,
                picture=picture,
                engines=engines,
                threads=arguments.threads,
                rounds=arguments.rounds,
            )
        ]
    figures = {"machine": _machine(), "not_here": missing, "rows": [asdict(row) for row in rows]}
    if arguments.json:
        print_figures(figures, as_json=True)
        return
    print_figures({**_machine(), "not here": ", ".join(missing) or "none"}, as_json=False)
    _print_table(rows)


def _networks(
    store: ModelStore, only: Sequence[str] | None, folder: Path
) -> tuple[dict[str, Path], list[str]]:
    """Return the files of the weights that are here, as the service runs them; who is missing."""
    files: dict[str, Path] = {}
    missing: list[str] = []
    for weight in WEIGHTS:
        if only and weight.name not in only:
            continue
        path = store.find(weight.name)
        if path is None:
            missing.append(weight.name)
        elif weight in (BLAZEPOSE, BLAZEPOSE_LITE):
            files[weight.name] = folder / path.name
            files[weight.name].write_bytes(pruned_model(path))
        else:
            files[weight.name] = path
    return files, missing


def _machine() -> Mapping[str, Any]:  # part of the JSON report
    name, cores = processor()
    info = Path("/proc/cpuinfo")
    flags = set(info.read_text().split()) if info.is_file() else set()
    packages = sorted({engine.package for engine in ENGINES if _installed(engine.package)})
    return {
        "cpu": name,
        "cores": cores,
        "vector units": [unit for unit in _UNITS if unit in flags],
        "engines": {package: _version(package) for package in packages},
    }


def _version(package: str) -> str:
    return str(import_module(package).__version__)


def _print_table(rows: Sequence[Row]) -> None:
    print("\n| network | engine | threads | CPU-ms | ratio | wall ms | largest difference |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row.network} | {row.engine} | {row.threads} | {row.cpu_ms} | {row.cpu_ratio} | "
            f"{row.wall_ms} | {row.difference:.2g} |"
        )
