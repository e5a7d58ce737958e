"""`bench flow`: the exported flow against the published one in eager torch, on this machine."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from export.bench.figures import machine, print_figures
from export.flow.checkpoint import About, Checkpoint, load_checkpoint
from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.onnx_export.command import implied_fps, walkers, write_model
from inference.flow_onnx import OnnxFlow
from tracker.types import Float32

ROUND_S = 0.25
SMALL = (1, 4, 16)  # windows in most batches of a site


def bench(checkpoint: Checkpoint, *, batch: int, rounds: int, threads: int) -> dict[str, Any]:
    """Time all forms in turns, so that a busy machine slows each; return medians as JSON."""
    load_before = round(os.getloadavg()[0], 2)
    windows = walkers(batch, checkpoint.options.frames, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "flow.onnx"
        card = write_model(checkpoint, file, fps=implied_fps(checkpoint))
        served = OnnxFlow(file, provider="cpu", threads=threads)
        graph = OnnxFlow(file, provider="cpu", threads=threads, compiled=False)
    eager_call = _eager(checkpoint, windows)
    calls: dict[str, Callable[[], object]] = {
        "eager": lambda: eager_call(threads),
        # On a busy machine eager torch is faster alone, as its threads wait for each other.
        "eager_one": lambda: eager_call(1),
        "served": lambda: served.nll(windows),
        "graph": lambda: graph.nll(windows),
        **_small(served, "served", windows),
        **_small(graph, "graph", windows),
    }
    turns = [{name: _seconds(call) for name, call in calls.items()} for _ in range(rounds)]
    seconds = {name: median(turn[name] for turn in turns) for name in calls}
    return {
        "batch": batch,
        "frames": card.frames,
        "provider": served.provider,
        "windows_per_s": round(batch / seconds["served"]),
        "graph_windows_per_s": round(batch / seconds["graph"]),
        "eager_windows_per_s": round(batch / seconds["eager"]),
        "eager_one_thread_windows_per_s": round(batch / seconds["eager_one"]),
        "ratio": round(median(turn["eager"] / turn["served"] for turn in turns), 1),
        "graph_ratio": round(median(turn["eager"] / turn["graph"] for turn in turns), 1),
        **{f"{name}_us": round(seconds[name] * 1e6, 1) for name in calls if name[-1].isdigit()},
        "parity": card.parity,
        "difference": float(np.abs(served.nll(windows) - graph.nll(windows)).max()),
        "rounds": rounds,
        "threads": threads,
        "machine": machine(load_before),
    }


def _eager(checkpoint: Checkpoint, windows: Float32) -> Callable[[int], None]:
    """Return what scores with the published flow in eager torch, on so many threads."""
    eager, tensor = checkpoint.flow(product="einsum"), torch.as_tensor(windows)

    def call(threads: int) -> None:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            eager.nll(tensor)

    return call


def _small(flow: OnnxFlow, name: str, windows: Float32) -> dict[str, Callable[[], object]]:
    return {f"{name}_{number}": partial(flow.nll, windows[:number]) for number in SMALL}


def untrained(frames: int) -> Checkpoint:
    """Return a flow with fresh weights, its actnorms and BatchNorms set by one batch."""
    options = FlowOptions(frames=frames)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        flow = StgNf(options).train()
        flow.nll(torch.as_tensor(walkers(256, frames, seed=0)))
    return Checkpoint(options, flow.state_dict(), About(name="untrained"))


def _seconds(call: Callable[[], object]) -> float:
    """Return a call's median time over one round, after one call that wakes its threads."""
    call()
    times: list[float] = []
    while sum(times) < ROUND_S:
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return median(times)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench flow`."""
    add = parser.add_argument
    add("--checkpoint", type=Path, help="default: fresh weights, which cost the same time")
    add("--frames", type=int, default=24, help="T of the fresh weights")
    add("--batch", type=int, default=256)
    add("--rounds", type=int, default=5)
    add("--threads", type=int, default=2)
    add("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Bench and print."""
    given = arguments.checkpoint
    figures = bench(
        load_checkpoint(given) if given else untrained(arguments.frames),
        batch=arguments.batch,
        rounds=arguments.rounds,
        threads=arguments.threads,
    )
    print_figures(figures, as_json=arguments.json)
