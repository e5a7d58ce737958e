"""`bundle`: the model that ships, from footage to model file in one reproducible command.

Normal people of three kinds: the first half of a street video, a video of single walkers, and
simulated crowds. The second half of the street is never trained on: `bench live` judges by it.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from export.augment import AugmentOptions, flipped, jittered, varied_windows
from export.checkpoint import About, Checkpoint
from export.data.clips import Clip
from export.data.poses import read_clip
from export.extraction import DOWNLOADS, crowd_poses, video_poses
from export.options import FlowOptions, TrainOptions
from export.pose_writer import SUFFIX
from export.to_onnx import write_model
from export.training.fit import Epoch, train
from export.training.windows import flow_input
from inference.scorable import unscorable
from tracker.models import ModelStore
from tracker.simulator import Simulation
from tracker.types import Float32

FPS = 24.0
OPTIONS = FlowOptions(frames=24)
# Mirrored and varied windows are made here, before training: its own augmentations are off.
TRAINING = TrainOptions(epochs=30, learning_rate=1.5e-2, learning_rate_decay=0.95, augmentations=1)
REAL = AugmentOptions(speeds=(0.8, 1.0, 1.25), shears=(0.0, 0.1, -0.1))
SIMULATED = AugmentOptions()
JITTER = 0.01
# Seeds far from those of demo, tests and benches; rates and estimator noise of many cameras.
CROWDS = tuple(
    Simulation(people=2, fps=fps, seed=seed, noise=noise)
    for seed, fps, noise in (
        (1001, 15, 1.0),
        (1002, 10, 1.0),
        (1003, 25, 1.0),
        (1004, 12.5, 1.5),
        (1005, 30, 1.5),
        (1006, 20, 2.0),
    )
)
CROWD_S = 90.0
CROWD_NAME = "sim_"
DATA = (
    "poses extracted by this project's own pipeline from the first half of vtest.avi (OpenCV's "
    "sample, PETS 2009 S2L1) and from one-by-one-person-detection.mp4 (CC BY 4.0), and "
    f"{len(CROWDS)} simulated crowds of {CROWD_S:.0f} s; varied in speed, shear and jitter"
)


def normal_clips(street: Path, walkers: Path, store: ModelStore, folder: Path) -> list[Clip]:
    """Extract the poses of all normal people, keeping them in folder; return them as clips."""
    for video, end in ((street, 0.5), (walkers, 1.0)):
        poses = video_poses(video, store, FPS, end=end)
        poses.write(folder / f"{video.stem}{SUFFIX}")
    for crowd in CROWDS:
        crowd_poses(crowd, CROWD_S, FPS).write(folder / f"{CROWD_NAME}{crowd.seed}{SUFFIX}")
    return [read_clip(file, FPS) for file in sorted(folder.glob(f"*{SUFFIX}"))]


def training_set(clips: list[Clip], seed: int) -> Float32:
    """Return all windows to train on, float32 (N, T, 17, 3)."""
    chance = np.random.default_rng(seed)
    parts = []
    for clip in clips:
        options = SIMULATED if clip.name.startswith(CROWD_NAME) else REAL
        windows = varied_windows(clip, OPTIONS.frames, TRAINING.stride, options)
        scorable = [reason is None for reason in unscorable(windows, fps=FPS)]
        windows = windows[np.array(scorable, dtype=bool)]
        parts.append(jittered(np.concatenate([windows, flipped(windows)]), JITTER, chance))
    return np.concatenate(parts)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bundle`."""
    add = parser.add_argument
    add("--street", type=Path, required=True, help="vtest.avi, 768×576")
    add("--walkers", type=Path, required=True, help="one-by-one-person-detection.mp4")
    add("--models", type=Path, action="append", default=[], help="weights folder")
    add("--poses", type=Path, required=True, help="folder to keep the extracted poses in")
    add("--out", type=Path, default=Path("inference/models/posewarden.onnx"))
    add("--seed", type=int, default=TRAINING.seed)


def run(arguments: argparse.Namespace) -> None:
    """Extract, train, calibrate, export."""
    store = ModelStore(arguments.models, DOWNLOADS)
    clips = normal_clips(arguments.street, arguments.walkers, store, arguments.poses)
    windows = flow_input(training_set(clips, arguments.seed), OPTIONS)
    print(f"{len(windows)} windows from {len(clips)} clips", flush=True)
    flow = train(
        windows,
        OPTIONS,
        replace(TRAINING, seed=arguments.seed),
        _tell,
    )
    about = About(name="posewarden", fps=FPS, data=DATA, licence="Apache-2.0")
    # Simulated people are tidier than filmed ones: they would set the threshold too low.
    filmed = [clip for clip in clips if not clip.name.startswith(CROWD_NAME)]
    card = write_model(
        Checkpoint(OPTIONS, flow.state_dict(), about), arguments.out, fps=FPS, normal=filmed
    )
    print(f"wrote {arguments.out}, largest difference from torch {card.parity:.1e}")
    for level, value in (card.quantiles or {}).items():
        print(f"quantile {level}: {value:.3f} bits/dimension")


def _tell(epoch: Epoch) -> None:
    print(f"epoch {epoch.number}: {epoch.loss:.4f} bits/dimension", flush=True)
