import argparse
import os
import pickle
from pathlib import Path

import pytest
import torch

from export.flow.checkpoint import About, Checkpoint, load_checkpoint, save_checkpoint
from export.flow.options import FlowOptions
from export.flow.stg_nf import StgNf
from tracker.errors import ModelMismatch


class Bomb:
    """Unpickled, it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("by_torch", [True, False])
def test_a_checkpoint_cannot_run_code(tmp_path: Path, by_torch: bool) -> None:
    """A pickle that calls a function is refused, and the function is not called."""
    file, folder = tmp_path / "bomb.tar", tmp_path / "exploded"
    if by_torch:
        torch.save({"state_dict": {}, "args": Bomb(folder)}, file)
    else:
        file.write_bytes(pickle.dumps(Bomb(folder), protocol=2))

    with pytest.raises(ModelMismatch, match=r"refused: it asks to run \S*mkdir") as refused:
        load_checkpoint(file)
    assert not folder.exists()
    assert "weights_only" not in str(refused.value)  # torch's advice to run it nevertheless


@pytest.mark.slow
def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    """Options, description, weights and their hash survive the file."""
    options = FlowOptions(frames=8, steps=2, permutation="shuffle", prior_mean=4.0)
    about = About(name="walks", fps=12.0, data="two streets", licence="CC0")
    saved = Checkpoint(options, StgNf(options).state_dict(), about)

    save_checkpoint(saved, tmp_path / "flow.pt")
    loaded = load_checkpoint(tmp_path / "flow.pt")

    assert (loaded.options, loaded.about) == (options, about)
    assert loaded.weights_hash == saved.weights_hash
    x = torch.randn(2, 2, 8, 18)
    torch.testing.assert_close(loaded.flow().nll(x), saved.flow().nll(x))


def test_the_hash_tells_weights_apart() -> None:
    """One changed number changes the hash."""
    weights = StgNf(FlowOptions(steps=1)).state_dict()
    before = Checkpoint(FlowOptions(steps=1), weights).weights_hash
    weights["steps.0.actnorm.bias"] = weights["steps.0.actnorm.bias"] + 1e-6

    assert Checkpoint(FlowOptions(steps=1), weights).weights_hash != before


@pytest.mark.parametrize(
    "content",
    [b"", b"no checkpoint", b"hi\n", b"PK\x03\x04 broken archive", b"\x80\x02s.", b"\x80\x02J\x00"],
    ids=["empty", "text", "short text", "zip", "nothing to pop", "cut off"],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is no checkpoint is named in the error, whatever torch stumbles over."""
    file = tmp_path / "other.tar"
    file.write_bytes(content)

    with pytest.raises(ModelMismatch, match=r"other\.tar"):
        load_checkpoint(file)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    """The error tells which file is not there."""
    with pytest.raises(ModelMismatch, match=r"absent\.pt"):
        load_checkpoint(tmp_path / "absent.pt")


@pytest.mark.parametrize(
    "content",
    [
        [1, 2],
        {"epoch": 3},
        {"args": argparse.Namespace(seg_len=24), "state_dict": {}},
        {"format": "posewarden-checkpoint-1", "options": {"frames": -3}},
        {"format": "posewarden-checkpoint-1", "options": {"unheard_of": 1}},
    ],
)
def test_plain_values_that_are_no_checkpoint_are_refused(tmp_path: Path, content: object) -> None:
    """Missing or wrong parts are one clear error, whatever they are."""
    torch.save(content, tmp_path / "odd.pt")

    with pytest.raises(ModelMismatch, match=r"odd\.pt"):
        load_checkpoint(tmp_path / "odd.pt")


def test_weights_must_fit_the_options() -> None:
    """A flow is not built from another flow's weights."""
    checkpoint = Checkpoint(FlowOptions(frames=16), StgNf(FlowOptions(frames=24)).state_dict())

    with pytest.raises(ModelMismatch, match="do not fit"):
        checkpoint.flow()
