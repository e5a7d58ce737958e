"""Training: pose files to a checkpoint (STG-NF, section 4.4). `posewarden-lab train`."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from export.checkpoint import About, Checkpoint, save_checkpoint
from export.data.clips import Clip, resampled
from export.data.poses import read_folders
from export.data.segments import published_segments
from export.flow.stg_nf import StgNf
from export.options import FlowOptions, TrainOptions
from inference.scorable import unscorable
from tracker.errors import BadPoses
from tracker.normalize import normalize, with_neck
from tracker.skeleton import COCO_MIRROR
from tracker.types import Float32


def flow_input(joints: Float32, options: FlowOptions) -> Tensor:
    """Normalise pose windows, (N, T, 17, 3), to what the flow takes, (N, C, T, V)."""
    channels = normalize(joints)
    if options.confidence:
        confidence = with_neck(joints)[..., 2][:, None]  # (N, 1, T, 18)
        channels = np.concatenate([channels, confidence], axis=1)
    return torch.as_tensor(channels)[..., list(options.joints)]


def flipped(joints: Float32) -> Float32:
    """Mirror poses, left joints becoming right ones."""
    mirrored = joints[..., COCO_MIRROR, :]
    return mirrored * np.array([-1, 1, 1], np.float32)


def gather(
    clips: Sequence[Clip], options: FlowOptions, training: TrainOptions, fps: float
) -> Float32:
    """Cut the training windows from clips, (N, T, 17, 3).

    Raises:
        BadPoses: nobody is in view long enough.
    """
    at_rate = [resampled(clip, fps) for clip in clips]
    joints = published_segments(at_rate, options.frames, training.stride).joints()
    scorable = [reason is None for reason in unscorable(joints, fps=fps)]
    joints = joints[np.array(scorable, dtype=bool)]
    if not len(joints):
        raise BadPoses(
            f"nobody is in view for {options.frames} frames at {fps:g} fps; give longer clips"
        )
    return np.concatenate([joints, flipped(joints)]) if training.flip else joints


def train(
    windows: Tensor,
    options: FlowOptions,
    training: TrainOptions,
    report: Callable[[int, float], None],
) -> StgNf:
    """Fit a flow to normal windows; the same seed on the same machine gives the same weights.

    Args:
        windows: (N, C, T, V), on the device to train on, where they stay.
        report: told each epoch's number, from 1, and its mean loss in bits/dimension.
    """
    with torch.random.fork_rng():
        torch.manual_seed(training.seed)
        flow = StgNf(options).to(windows.device).train()
        order = torch.Generator().manual_seed(training.seed)
        optimiser = torch.optim.Adamax(flow.parameters(), lr=training.learning_rate)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, training.learning_rate_decay)
        for epoch in range(1, training.epochs + 1):
            losses = [
                _learn(flow, optimiser, batch, training)
                for batch in _batches(windows, training.batch, order)
            ]
            schedule.step()
            report(epoch, float(torch.stack(losses).mean()))
    return flow.eval()


def _learn(
    flow: StgNf, optimiser: torch.optim.Optimizer, batch: Tensor, training: TrainOptions
) -> Tensor:
    optimiser.zero_grad()
    nll = flow.nll(batch)
    if flow.options.confidence:
        nll = nll * batch[:, 2].amin(dim=(1, 2))  # the least sure joint weighs the window
    loss = nll.mean()
    loss.backward()  # type: ignore[no-untyped-call]  # torch ships it untyped
    torch.nn.utils.clip_grad_norm_(flow.parameters(), training.gradient_norm)
    optimiser.step()
    return loss.detach()


def _batches(windows: Tensor, size: int, order: torch.Generator) -> Iterator[Tensor]:
    shuffled = torch.randperm(len(windows), generator=order).to(windows.device)
    for rows in torch.split(shuffled, size):
        yield windows[rows]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab train`."""
    add = parser.add_argument
    add("--poses", type=Path, action="append", required=True, help="folder of pose files; repeat")
    add("--poses-fps", type=float, help="rate of those files; default: the model's")
    add("--out", type=Path, required=True, help="the checkpoint to write")
    add("--frames", type=int, default=24, help="T, poses in a window")
    add("--fps", type=float, default=24.0, help="the model's rate")
    add("--epochs", type=int, default=8)
    add("--seed", type=int, default=0)
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--name", help="of the model; default: the file's")
    add("--data-note", default="unstated", help="what it is trained on, for the model card")
    add("--licence", default="unstated", help="of the weights, for the model card")


def run(arguments: argparse.Namespace) -> None:
    """Train on folders of pose files and write the checkpoint."""
    options = FlowOptions(frames=arguments.frames)
    training = TrainOptions(epochs=arguments.epochs, seed=arguments.seed)
    clips = read_folders(arguments.poses, arguments.poses_fps or arguments.fps)
    windows = flow_input(gather(clips, options, training, arguments.fps), options)
    print(f"{len(windows)} windows from {len(clips)} clips")
    torch.backends.cudnn.deterministic = True
    flow = train(
        windows.to(arguments.device),
        options,
        training,
        lambda epoch, loss: print(f"epoch {epoch}: {loss:.4f} bits/dimension", flush=True),
    )
    about = About(
        name=arguments.name or arguments.out.stem,
        fps=arguments.fps,
        data=arguments.data_note,
        licence=arguments.licence,
    )
    weights = {name: value.cpu() for name, value in flow.state_dict().items()}
    save_checkpoint(Checkpoint(options, weights, about), arguments.out)
    print(f"wrote {arguments.out}")
