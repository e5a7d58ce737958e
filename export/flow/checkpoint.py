"""Reads and writes checkpoints, ours and published ones, without running code from them."""

import argparse
import hashlib
import os
import pickle
import re
import struct
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from export.flow.stgcn import Product
from tracker.errors import ModelMismatch

FORMAT = "posewarden-checkpoint-1"

_ASKED_FOR = re.compile(r"GLOBAL (\S+)")
# What torch raises on files that are truncated or not checkpoints.
_DAMAGED = (OSError, RuntimeError, EOFError, ValueError, LookupError, struct.error)

# The published names of a step's parts, and ours. Names of steps, units and tensors are the same.
_PUBLISHED = tuple(
    (re.compile(rf"^flow\.layers\.(\d+)\.{theirs}\."), rf"steps.\1.{ours}.")
    for theirs, ours in (
        (r"actnorm", r"actnorm"),
        (r"block\.(\d+)\.gcn\.conv", r"coupling.network.\2.mix.conv"),
        (r"block\.(\d+)\.tcn\.0", r"coupling.network.\2.norm_joints"),
        (r"block\.(\d+)\.tcn\.2", r"coupling.network.\2.temporal"),
        (r"block\.(\d+)\.tcn\.3", r"coupling.network.\2.norm_frames"),
        (r"block\.(\d+)\.residual", r"coupling.network.\2.residual"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Description of a model, for its card.

    Attributes:
        fps: rate of its windows' poses; None if the checkpoint does not state it.
        data: description of the training data.
        licence: of the weights.
    """

    name: str
    fps: float | None = None
    data: str = "unknown"
    licence: str = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Weights, with the options needed to rebuild their flow."""

    options: FlowOptions
    weights: dict[str, Tensor]
    about: About = field(default_factory=lambda: About(name="unnamed"))

    @property
    def weights_hash(self) -> str:
        """SHA-256 over names and values, hexadecimal."""
        digest = hashlib.sha256()
        for name, value in sorted(self.weights.items()):
            digest.update(name.encode() + b"\0" + value.contiguous().numpy().tobytes())
        return digest.hexdigest()

    def flow(self, *, product: Product = "mean") -> StgNf:
        """Build the flow, ready for scoring.

        Raises:
            ModelMismatch: the weights do not fit the options.
        """
        flow = StgNf(self.options, product=product)
        try:
            flow.load_state_dict(self.weights)
        except RuntimeError as err:
            raise ModelMismatch(f"the weights do not fit {self.options}: {err}") from err
        return flow.eval()


def save_checkpoint(
    checkpoint: Checkpoint,
    file: Path,
    training: dict[str, Any] | None = None,  # Any: tensors and plain values
) -> None:
    """Write our format, plain values and tensors only, atomically.

    Args:
        training: state to resume a training from.
    """
    content = {
        "format": FORMAT,
        "options": asdict(checkpoint.options),
        "about": asdict(checkpoint.about),
        "weights": checkpoint.weights,
    }
    if training is not None:
        content["training"] = training
    temporary = file.with_name(f".{file.name}.part")
    with temporary.open("wb") as part:
        torch.save(content, part)
        part.flush()
        os.fsync(part.fileno())
    temporary.replace(file)


def load_training(file: Path) -> dict[str, Any] | None:  # Any: as above
    """Return the state to resume a training from; None if the checkpoint has none.

    Raises:
        ModelMismatch: as `load_checkpoint`.
    """
    state = _content(file).get("training")
    return state if isinstance(state, dict) else None


def load_checkpoint(file: Path) -> Checkpoint:
    """Read our own or a published checkpoint without running code from it.

    Raises:
        ModelMismatch: it is neither, it is damaged, or it holds more than plain values and tensors.
    """
    content = _content(file)
    try:
        if content.get("format") == FORMAT:
            return _own(content)
        return _published(content, name=file.stem)
    except (KeyError, TypeError, AttributeError, ValueError) as err:
        raise ModelMismatch(f"{file} lacks parts of a checkpoint or has wrong ones: {err}") from err


def _content(file: Path) -> dict[str, Any]:  # Any: checked by the readers
    try:
        # The published files hold their arguments in a Namespace; no other class is allowed.
        with torch.serialization.safe_globals([argparse.Namespace]):
            content = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as err:
        # torch's own message suggests running the file's code: replace it.
        asked = _ASKED_FOR.search(str(err))
        reason = f"it asks to run {asked[1]}" if asked else "it is damaged or no checkpoint"
        raise ModelMismatch(f"{file} is refused: {reason}; nothing of it was run") from err
    except FileNotFoundError as err:
        raise ModelMismatch(f"{file}: there is no such checkpoint") from err
    except _DAMAGED as err:
        raise ModelMismatch(
            f"{file} does not read as a checkpoint: it is cut off, damaged or none "
            f"({str(err) or type(err).__name__}); make it or fetch it again"
        ) from err
    if not isinstance(content, dict):
        raise ModelMismatch(f"{file} holds a {type(content).__name__}, not a checkpoint")
    return content


def _own(content: dict[str, Any]) -> Checkpoint:  # Any: checked by the constructors
    return Checkpoint(
        FlowOptions(**content["options"]), dict(content["weights"]), About(**content["about"])
    )


def _published(content: dict[str, Any], *, name: str) -> Checkpoint:  # Any: as above
    args, weights = content["args"], content["state_dict"]
    if args.flow_permutation == "shuffle":
        raise ValueError("its random permutations were never saved")
    options = FlowOptions(
        frames=args.seg_len,
        steps=args.K,
        levels=args.L,
        hidden_channels=args.hidden_dim,
        # Any other value, also 'invcov', meant the reverse order when these were trained.
        permutation="invconv" if args.flow_permutation == "invconv" else "reverse",
        strategy=args.strategy,
        max_hop=args.max_hop,
        edge_importance=args.edge_importance,
        temporal_kernel=args.temporal_kernel,
        headless=args.headless,
        prior_mean=float(args.R),
    )
    about = About(
        name=name, data="see the method's publication", licence="CC BY-NC 4.0, non-commercial"
    )
    return Checkpoint(options, _renamed(weights, StgNf(options)), about)


def _renamed(weights: dict[str, Tensor], flow: StgNf) -> dict[str, Tensor]:
    ours = {}
    for theirs, value in weights.items():
        for pattern, replacement in _PUBLISHED:
            name, found = pattern.subn(replacement, theirs)
            if found:
                ours[name] = value
    # The published files lack two kinds of buffers, which follow from the options: every actnorm is
    # initialised, and the permutation is the reverse one.
    for name, value in flow.state_dict().items():
        if name.endswith("actnorm.initialised"):
            ours[name] = torch.tensor(True)
        elif name.endswith("permutation.order"):
            ours[name] = value
    return ours
