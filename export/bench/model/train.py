"""`bench train`: how fast a flow learns, as it is trained here against its published form."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice
from statistics import median
from typing import Any

import torch

from export.bench.figures import machine, print_figures
from export.flow.options import FlowOptions
from export.onnx_export.command import walkers
from export.training.fit import Fit
from export.training.options import TrainOptions
from export.training.settings import device_of
from export.training.windows import Windows

SHANGHAITECH = 350_000  # windows, about
# Made-up people are slow to make: so many different ones, each varied a little as often as needed.
PEOPLE = 10_000


def bench(
    training: TrainOptions, *, windows: int, rounds: int, steps: int, full: bool
) -> dict[str, Any]:
    """Time both forms in turns, so that a busy machine slows both; return medians as JSON.

    Args:
        windows: of the data set whose training is projected, or with `full` really run.
        rounds: of each form.
        steps: of a round.
    """
    load_before = round(os.getloadavg()[0], 2)
    options, device = FlowOptions(), device_of(training)
    few = min(windows, max(steps * training.batch, 2 * training.batch))
    data = simulated(windows if full else few, options.frames, training.seed).to(device)
    fits = {
        "windows_per_s": Fit(options, training, device),
        "literal_windows_per_s": Fit(options, training, device, product="einsum"),
    }
    turns = [{name: _rate(fit, data, steps) for name, fit in fits.items()} for _ in range(rounds)]
    rates = {name: median(turn[name] for turn in turns) for name in fits}
    seen = windows * training.augmentations * training.epochs
    figures: dict[str, Any] = {name: round(rate) for name, rate in rates.items()}
    ratios = (turn["windows_per_s"] / turn["literal_windows_per_s"] for turn in turns)
    figures |= {
        "ratio": round(median(ratios), 2),
        "windows": windows,
        "epochs": training.epochs,
        "augmentations": training.augmentations,
        "projected_minutes": round(seen / rates["windows_per_s"] / 60, 2),
        "literal_projected_minutes": round(seen / rates["literal_windows_per_s"] / 60, 2),
        "measured_minutes": _whole(options, training, data) if full else None,
        "batch": training.batch,
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else str(device),
        "machine": machine(load_before),
    }
    return figures


def simulated(number: int, frames: int, seed: int) -> Windows:
    """Return windows of made-up people, no two alike."""
    chance = torch.Generator().manual_seed(seed)
    people = torch.as_tensor(walkers(min(number, PEOPLE), frames, seed=seed))
    poses = people.repeat(-(-number // len(people)), 1, 1, 1)[:number]
    for part in torch.split(poses, PEOPLE):
        part += 0.01 * torch.randn(part.shape, generator=chance)
    return Windows(poses)


def _rate(fit: Fit, windows: Windows, steps: int) -> float:
    """Return the windows a second of some steps, after one that is not counted."""
    fit.flow.train()
    batches = _endless(fit, windows)
    _wait(fit.learn(next(batches))[0])
    seen, begin = 0, time.perf_counter()
    for batch in islice(batches, steps):
        loss, _ = fit.learn(batch)
        seen += len(batch)
    _wait(loss)
    return seen / (time.perf_counter() - begin)


def _whole(options: FlowOptions, training: TrainOptions, windows: Windows) -> float:
    """Really train; return the minutes it took."""
    fit = Fit(options, training, windows.poses.device)
    begin = time.perf_counter()
    for _ in range(training.epochs):
        epoch = fit.epoch(windows)
        minutes = (time.perf_counter() - begin) / 60
        print(f"epoch {epoch.number}: {epoch.loss:.4f}, {minutes:.2f} minutes", file=sys.stderr)
    return round(minutes, 2)


def _endless(fit: Fit, windows: Windows) -> Iterator[Windows]:
    while True:
        yield from fit.batches(windows)


def _wait(loss: torch.Tensor) -> None:
    """Wait for a GPU: reading a number does."""
    float(loss)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench train`."""
    add = parser.add_argument
    add("--windows", type=int, default=SHANGHAITECH, help="of the data set; ShanghaiTech's")
    add("--epochs", type=int, default=8)
    add("--augmentations", type=int, default=2)
    add("--batch", type=int, default=256)
    add("--rounds", type=int, default=5, help="of each form, in turns")
    add("--steps", type=int, default=20, help="of a round")
    add("--threads", type=int, default=2)
    add("--device", default="cpu")
    add("--full", action="store_true", help="also train all epochs over all windows, for real")
    add("--json", action="store_true")


def run(arguments: argparse.Namespace) -> None:
    """Bench and print."""
    torch.set_num_threads(arguments.threads)
    training = TrainOptions(
        epochs=arguments.epochs,
        augmentations=arguments.augmentations,
        batch=arguments.batch,
        device=arguments.device,
    )
    figures = bench(
        training,
        windows=arguments.windows,
        rounds=arguments.rounds,
        steps=arguments.steps,
        full=arguments.full,
    )
    print_figures(figures, as_json=arguments.json)
