"""`bundle`: trains a candidate for the bundled model from the original footage and recordings.

Ordinary people of four kinds (`export.ordinary_people`): filmed, captured, simulated daily life and
simulated crowds. Several seeds are trained; the one that finds the held-out ordinary motion most
likely is kept. The second half of the street is never looked at: `bench live` and
`bench candidates` judge by it.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import torch

from export.config.configure import footage_path
from export.data.clips import Clip
from export.data.segments import published_segments, usable
from export.flow.checkpoint import About, Checkpoint, save_checkpoint
from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.onnx_export.command import write_model
from export.ordinary_people import FPS, Amounts, Ordinary, extract_videos, ordinary_people
from export.training.augmentation import AugmentOptions, flipped, jittered, varied_windows
from export.training.fit import Epoch, Fit, train
from export.training.options import TrainOptions
from export.training.windows import Windows, flow_input, frames_cut
from inference.card import Weighting
from tracker.errors import ConfigError
from tracker.types import Float32
from tracker.weights.cache_folder import cache_folder
from tracker.weights.store import ModelStore

OPTIONS = FlowOptions(frames=24)
# Mirrored and varied windows are made here, before training: its own augmentations are off.
TRAINING = TrainOptions(epochs=5, learning_rate=1.5e-2, learning_rate_decay=0.6, augmentations=1)
SEEDS = 5
FILMED = AugmentOptions(speeds=(0.8, 1.0, 1.25), shears=(0.0, 0.1, -0.1))
UNVARIED = AugmentOptions()
JITTER = 0.01
# Flags, as of `train`: beyond the above the trainer varies windows anew in every epoch.
CHOICES = ("learning_rate_decay", "joint_dropout", "jitter", "rate_jitter")
DATA = (
    "poses extracted by this project's own pipeline from the first half of vtest.avi (OpenCV's "
    "sample, PETS 2009 S2L1) and from one-by-one-person-detection.mp4 (CC BY 4.0); {motions} "
    "ordinary motions of mocap.cs.cmu.edu (funded by NSF EIA-0196217) before {views} virtual "
    "cameras each, {daily} plays of simulated daily life and {crowds} simulated crowds, the first "
    "two with the pipeline's measured errors laid on"
)


def training_set(people: Ordinary, training: TrainOptions) -> Float32:
    """Return all windows to train on, float32 (N, T or more, 17, 3)."""
    rng = np.random.default_rng(training.seed)
    frames = frames_cut(OPTIONS, training)
    parts = []
    kinds = ((people.filmed, FILMED), (people.captured, UNVARIED), (people.daily, UNVARIED))
    for clips, options in (*kinds, (people.crowds, UNVARIED)):
        for clip in clips:
            windows = varied_windows(clip, frames, training.stride, options)
            windows = windows[usable(windows, FPS)]
            both = np.concatenate([windows, flipped(windows)])
            # The others tremble as measured already.
            trembles = clips is people.filmed or clips is people.crowds
            parts.append(jittered(both, JITTER, rng) if trembles else both)
    return np.concatenate(parts)


def held_out_windows(people: Ordinary, training: TrainOptions) -> Windows:
    """Return the windows that compare seeds, normalised."""
    joints = published_segments(people.held_out, OPTIONS.frames, training.stride).joints()
    return Windows(flow_input(joints[usable(joints, FPS)], OPTIONS))


def best_of_seeds(
    windows: torch.Tensor, judges: Windows, training: TrainOptions, seeds: Sequence[int]
) -> StgNf:
    """Train a flow under each seed; return the one that finds the judging windows most likely."""
    best: tuple[float, StgNf] | None = None
    for seed in seeds:
        one = replace(training, seed=seed)
        flow = train(windows, OPTIONS, one, _tell)
        judge = Fit(OPTIONS, one, "cpu")
        judge.flow.load_state_dict(flow.state_dict())
        loss = judge.judge(judges)
        print(f"seed {seed}: held-out ordinary motion {loss:.4f} bits/dimension", flush=True)
        if best is None or loss < best[0]:
            best = (loss, flow)
    if best is None:
        raise ConfigError("--seeds is 0; at least one seed must be trained")
    return best[1]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bundle`."""
    add = parser.add_argument
    usual = Amounts()
    add("--street", type=footage_path, required=True, help="vtest.avi, 768×576")
    add("--walkers", type=footage_path, required=True, help="one-by-one-person-detection.mp4")
    add("--capture", type=Path, required=True, help="CMU motion capture: asf/ and amc/ in it")
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--poses", type=Path, required=True, help="folder to keep the extracted poses in")
    add("--out", type=Path, required=True, help="the .onnx file to write")
    add("--checkpoint", type=Path, help="keep the weights here too, to export them otherwise")
    add("--extracted", action="store_true", help="the videos' poses lie there already")
    add("--crowds", type=int, default=usual.crowds, help="simulated crowds that walk and stand")
    add("--daily", type=int, default=usual.daily, help="simulated plays of daily life")
    add("--views", type=int, default=usual.views, help="cameras before each captured motion")
    add("--seed", type=int, default=TRAINING.seed, help="the first seed")
    add("--seeds", type=int, default=SEEDS, help="how many are trained")
    add("--epochs", type=int, default=TRAINING.epochs)
    add("--batch", type=int, default=TRAINING.batch)
    for name in CHOICES:
        flag, value = f"--{name.replace('_', '-')}", getattr(TRAINING, name)
        add(flag, type=float, default=value, help=f"see `train`; default {value:g}")
    add("--weighting", choices=get_args(Weighting), default="none", help="see `export`")


def run(arguments: argparse.Namespace) -> None:
    """Extract, train, select, calibrate, export."""
    training, amounts = _training(arguments), _amounts(arguments)
    folder, videos = arguments.poses, (arguments.street, arguments.walkers)
    if not arguments.extracted:
        extract_videos(*videos, ModelStore(arguments.models, cache_folder("models")), folder)
    people = ordinary_people(*videos, arguments.capture, folder, amounts)
    windows = flow_input(training_set(people, training), OPTIONS)
    print(f"{len(windows)} windows", flush=True)
    seeds = range(training.seed, training.seed + arguments.seeds)
    flow = best_of_seeds(windows, held_out_windows(people, training), training, seeds)
    data = DATA.format(
        motions=len(people.captured),
        views=amounts.views,
        daily=amounts.daily,
        crowds=amounts.crowds,
    )
    about = About(name="posewarden", fps=FPS, data=data, licence="Apache-2.0")
    checkpoint = Checkpoint(OPTIONS, flow.state_dict(), about)
    if arguments.checkpoint:
        save_checkpoint(checkpoint, arguments.checkpoint)
    card = write_model(
        checkpoint,
        arguments.out,
        fps=FPS,
        normal=calibrating(people),
        weighting=arguments.weighting,
    )
    print(f"wrote {arguments.out}, largest difference from torch {card.parity:.1e}")
    for level, value in (card.quantiles or {}).items():
        print(f"quantile {level}: {value:.3f} bits/dimension")


def calibrating(people: Ordinary) -> list[Clip]:
    """Return who sets the threshold: filmed people, and those who judged the seeds.

    Simulated people carry no more than the measured errors: crowds would set it too low.
    """
    return [*people.filmed, *people.held_out]


def _amounts(arguments: argparse.Namespace) -> Amounts:
    for name in ("crowds", "daily", "views", "seeds"):
        if getattr(arguments, name) < 1:
            raise ConfigError(f"--{name} is {getattr(arguments, name)}; it must be at least 1")
    return Amounts(crowds=arguments.crowds, daily=arguments.daily, views=arguments.views)


def _training(arguments: argparse.Namespace) -> TrainOptions:
    chosen = {name: getattr(arguments, name) for name in ("seed", "epochs", "batch", *CHOICES)}
    try:
        return replace(TRAINING, **chosen)
    except ValueError as err:
        raise ConfigError(str(err)) from err


def _tell(epoch: Epoch) -> None:
    print(f"epoch {epoch.number}: {epoch.loss:.4f} bits/dimension", flush=True)
