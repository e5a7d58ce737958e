"""`bundle`: a candidate for the model that ships, from footage to model file in one command.

Normal people of three kinds: the first half of a street video, a video of single walkers, and
simulated crowds. The second half of the street is never trained on: `bench live` and
`bench candidates` judge by it.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np

from export.augment import AugmentOptions, flipped, jittered, varied_windows
from export.data.clips import Clip
from export.data.pose_writer import SUFFIX
from export.data.poses import read_clip
from export.data.segments import usable
from export.extraction.pipeline import DOWNLOADS, crowd_poses, video_poses
from export.flow.checkpoint import About, Checkpoint, save_checkpoint
from export.flow.options import FlowOptions
from export.onnx_export.command import write_model
from export.training.fit import Epoch, train
from export.training.options import TrainOptions
from export.training.windows import flow_input, frames_cut
from inference.card import Weighting
from tracker.errors import ConfigError
from tracker.simulator.source import Simulation
from tracker.types import Float32
from tracker.weights.store import ModelStore

FPS = 24.0
OPTIONS = FlowOptions(frames=24)
# Mirrored and varied windows are made here, before training: its own augmentations are off.
TRAINING = TrainOptions(epochs=30, learning_rate=1.5e-2, learning_rate_decay=0.95, augmentations=1)
REAL = AugmentOptions(speeds=(0.8, 1.0, 1.25), shears=(0.0, 0.1, -0.1))
SIMULATED = AugmentOptions()
JITTER = 0.01
# Flags, as of `train`: beyond the above the trainer varies windows anew in every epoch.
CHOICES = ("learning_rate_decay", "joint_dropout", "jitter", "rate_jitter")
# Seeds far from those of demo, tests and benches; rates and estimator noise of many cameras.
FIRST_CROWD = 1001
CROWDS = 6
CROWD_KINDS = ((15, 1.0), (10, 1.0), (25, 1.0), (12.5, 1.5), (30, 1.5), (20, 2.0))
CROWD_S = 90.0
CROWD_NAME = "sim_"
DATA = (
    "poses extracted by this project's own pipeline from the first half of vtest.avi (OpenCV's "
    "sample, PETS 2009 S2L1) and from one-by-one-person-detection.mp4 (CC BY 4.0), and "
    "{crowds} simulated crowds of {seconds:.0f} s; varied in speed, shear and jitter"
)


def crowds(number: int) -> list[Simulation]:
    """Return so many simulated crowds of normal people; more of them begin with the fewer."""
    kinds = [CROWD_KINDS[index % len(CROWD_KINDS)] for index in range(number)]
    return [
        Simulation(people=2, fps=fps, seed=FIRST_CROWD + index, noise=noise)
        for index, (fps, noise) in enumerate(kinds)
    ]


def extract_videos(street: Path, walkers: Path, store: ModelStore, folder: Path) -> None:
    """Extract the poses of all filmed people into a folder."""
    for video, end in ((street, 0.5), (walkers, 1.0)):
        video_poses(video, store, FPS, end=end).write(folder / f"{video.stem}{SUFFIX}")


def normal_clips(street: Path, walkers: Path, number: int, folder: Path) -> list[Clip]:
    """Return filmed people, from the folder, and so many crowds, kept there too."""
    names = [street.stem, walkers.stem]
    for crowd in crowds(number):
        names.append(f"{CROWD_NAME}{crowd.seed}")
        crowd_poses(crowd, CROWD_S, FPS).write(folder / f"{names[-1]}{SUFFIX}")
    return [read_clip(folder / f"{name}{SUFFIX}", FPS) for name in sorted(names)]


def training_set(clips: list[Clip], training: TrainOptions) -> Float32:
    """Return all windows to train on, float32 (N, T or more, 17, 3)."""
    chance = np.random.default_rng(training.seed)
    frames = frames_cut(OPTIONS, training)
    parts = []
    for clip in clips:
        options = SIMULATED if clip.name.startswith(CROWD_NAME) else REAL
        windows = varied_windows(clip, frames, training.stride, options)
        windows = windows[usable(windows, FPS)]
        parts.append(jittered(np.concatenate([windows, flipped(windows)]), JITTER, chance))
    return np.concatenate(parts)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bundle`."""
    add = parser.add_argument
    add("--street", type=Path, required=True, help="vtest.avi, 768×576")
    add("--walkers", type=Path, required=True, help="one-by-one-person-detection.mp4")
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--poses", type=Path, required=True, help="folder to keep the extracted poses in")
    add("--out", type=Path, required=True, help="the .onnx file to write")
    add("--checkpoint", type=Path, help="keep the weights here too, to export them otherwise")
    add("--extracted", action="store_true", help="the videos' poses lie there already")
    add("--crowds", type=int, default=CROWDS, help="simulated crowds")
    add("--seed", type=int, default=TRAINING.seed)
    add("--epochs", type=int, default=TRAINING.epochs)
    add("--batch", type=int, default=TRAINING.batch)
    for name in CHOICES:
        flag, usual = f"--{name.replace('_', '-')}", getattr(TRAINING, name)
        add(flag, type=float, default=usual, help=f"see `train`; default {usual:g}")
    add("--weighting", choices=get_args(Weighting), default="none", help="see `export`")


def run(arguments: argparse.Namespace) -> None:
    """Extract, train, calibrate, export."""
    training = _training(arguments)
    folder = arguments.poses
    if not arguments.extracted:
        store = ModelStore(arguments.models, DOWNLOADS)
        extract_videos(arguments.street, arguments.walkers, store, folder)
    clips = normal_clips(arguments.street, arguments.walkers, arguments.crowds, folder)
    windows = flow_input(training_set(clips, training), OPTIONS)
    print(f"{len(windows)} windows from {len(clips)} clips", flush=True)
    flow = train(windows, OPTIONS, training, _tell)
    data = DATA.format(crowds=arguments.crowds, seconds=CROWD_S)
    about = About(name="posewarden", fps=FPS, data=data, licence="Apache-2.0")
    # Simulated people are tidier than filmed ones: they would set the threshold too low.
    filmed = [clip for clip in clips if not clip.name.startswith(CROWD_NAME)]
    checkpoint = Checkpoint(OPTIONS, flow.state_dict(), about)
    if arguments.checkpoint:
        save_checkpoint(checkpoint, arguments.checkpoint)
    card = write_model(
        checkpoint,
        arguments.out,
        fps=FPS,
        normal=filmed,
        weighting=arguments.weighting,
    )
    print(f"wrote {arguments.out}, largest difference from torch {card.parity:.1e}")
    for level, value in (card.quantiles or {}).items():
        print(f"quantile {level}: {value:.3f} bits/dimension")


def _training(arguments: argparse.Namespace) -> TrainOptions:
    chosen = {name: getattr(arguments, name) for name in ("seed", "epochs", "batch", *CHOICES)}
    try:
        return replace(TRAINING, **chosen)
    except ValueError as err:
        raise ConfigError(str(err)) from err


def _tell(epoch: Epoch) -> None:
    print(f"epoch {epoch.number}: {epoch.loss:.4f} bits/dimension", flush=True)
