"""What the export tests share."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
import torch

from export.bench.model.flow import untrained
from export.cli import main
from export.data.clips import Clip
from export.data.datasets import DatasetName
from export.flow.checkpoint import save_checkpoint
from tracker.errors import ModelUnavailable
from tracker.sources.opencv_capture import open_file
from tracker.sources.pose_file import PersonPoses
from tracker.types import Float32
from tracker.weights.store import BLAZEPOSE, ModelStore

DOWNLOADS = Path.home() / ".cache" / "posewarden" / "models"
SHARED_VIDEO = "../shared/data/video/vtest_480x360_10fps_795f.mp4"
STREETS = (
    Path(__file__).resolve().parents[2] / SHARED_VIDEO,
    Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi"),
)
STREET_PX = (480, 360)
# Settings of the released code: our name of each data set, and the folder of its synthetic clips.
PUBLISHED: dict[str, tuple[DatasetName, str]] = {
    "ShanghaiTech": ("shanghaitech", "ShanghaiTech"),
    "ShanghaiTech_HR": ("shanghaitech-hr", "ShanghaiTech"),
    "UBnormal": ("ubnormal", "UBnormal"),
    "UBnormal_sup": ("ubnormal", "UBnormal"),
}


@pytest.fixture(autouse=True, scope="session")
def _one_torch_thread() -> None:
    """Flows this small lose by threads, most of all on a busy machine."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def blazepose() -> None:
    """BlazePose's weights lie in the user's own store; tests skip where they cannot be had."""
    try:
        ModelStore([], DOWNLOADS).pull(BLAZEPOSE.name)
    except ModelUnavailable as err:
        pytest.skip(str(err))


@pytest.fixture(scope="session")
def cut_street() -> Callable[..., Path]:
    """Cut frames of a street video out into a small one of its own; skips where there is none."""
    street = next((file for file in STREETS if file.is_file()), None)
    if street is None:
        pytest.skip("no street video: neither the measuring data nor Debian's opencv-doc is here")

    def cut(file: Path, *, first: int = 0, frames: int = 24, fps: float = 10.0) -> Path:
        reader = open_file(street)
        writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), fps, STREET_PX)
        for number in range(first + frames):
            picture = reader.read()[1]
            if number >= first:
                writer.write(cv2.resize(picture, STREET_PX))
        writer.release()
        reader.release()
        return file

    return cut


def bodies(poses: int, seed: int) -> Float32:
    """Return random poses of one person, (poses, 17, 3), all joints seen."""
    joints = np.random.default_rng(seed).normal(200, 40, (poses, 17, 3)).astype(np.float32)
    joints[..., 2] = 0.8
    return joints


def make_clip(*poses: int, name: str = "walk") -> Clip:
    """Return a clip of people with so many poses each."""
    everybody = {
        number: PersonPoses(np.arange(length), bodies(length, number))
        for number, length in enumerate(poses, start=1)
    }
    return Clip(name, 24.0, everybody)


def write_clip(folder: Path, clip: Clip) -> None:
    """Write a clip as a pose file."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        str(number): {
            f"{frame:04}": {"keypoints": pose.reshape(-1).tolist(), "scores": 1.0}
            for frame, pose in zip(person.frames.tolist(), person.joints, strict=True)
        }
        for number, person in clip.people.items()
    }
    file = folder / f"{clip.name}_alphapose_tracked_person.json"
    file.write_bytes(msgspec.json.encode(content))


@pytest.fixture
def people() -> Callable[..., Clip]:
    """Return `make_clip`."""
    return make_clip


@pytest.fixture
def poses(tmp_path: Path) -> Path:
    """A folder with two clips of three people each."""
    for name in ("a", "b"):
        write_clip(tmp_path / "poses", make_clip(40, 30, 35, name=name))
    return tmp_path / "poses"


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A data set of two clips, abnormal from frame 20 on, which also are its test clips."""
    root = tmp_path / "labelled"
    for name in ("a", "b"):
        write_clip(root / "pose", make_clip(40, 40, name=name))
        (root / "gt").mkdir(exist_ok=True)
        np.save(root / "gt" / f"{name}.npy", (np.arange(40) >= 20).astype(np.int64))
    return root


def write_shaking(
    root: Path, name: str, *, people: int = 2, frames: int = 60, seed: int = 0
) -> None:
    """Write people who wander and, at the end, shake; and the truth of that."""
    random = np.random.default_rng(seed)
    body = random.normal(300, (20, 60, 0), (people, 1, 17, 3))
    shake = random.normal(0, 1, (people, frames, 17, 3))
    shake[:, 2 * frames // 3 :] *= 10
    joints = body + shake.cumsum(axis=1) * 0.1 + shake
    joints[..., 2] = 0.9
    tracks = {
        number: PersonPoses(np.arange(frames), track)
        for number, track in enumerate(joints.astype(np.float32), 1)
    }
    write_clip(root / "pose", Clip(name, 24.0, tracks))
    (root / "gt").mkdir(exist_ok=True)
    mask = (np.arange(frames) >= 2 * frames // 3).astype(np.uint8)
    np.save(root / "gt" / f"{name}.npy", mask)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of two clips with ground truth: their last third is abnormal."""
    folder = tmp_path / "data"
    write_shaking(folder, "gate", seed=1)
    write_shaking(folder, "yard", people=1, frames=90, seed=2)
    return folder


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flow with fresh weights."""
    file = tmp_path_factory.mktemp("flow") / "flow.pt"
    save_checkpoint(untrained(24), file)
    return file


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run `evaluate`, which must fail by our judgement; return what it says."""
    assert main(["evaluate", *map(str, words)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """What the released code gave in one setting.

    Attributes:
        root: of the synthetic clips.
        facts: counts, AUROC, the prior's mean.
        arrays: of windows and frames.
    """

    dataset: DatasetName
    root: Path
    checkpoint: Path
    facts: dict[str, Any]
    arrays: "np.lib.npyio.NpzFile"


@pytest.fixture(params=PUBLISHED)
def published(shared: Path, request: pytest.FixtureRequest) -> Published:
    """The method's released results, setting by setting."""
    dataset, folder = PUBLISHED[request.param]
    parity = shared / "reference" / "parity"
    facts = json.loads((parity / "expected.json").read_text())[request.param]
    return Published(
        dataset,
        parity / folder,
        shared / "reference" / f"{facts['checkpoint']}.tar",
        facts,
        np.load(parity / f"expected_{request.param}.npz"),
    )
