"""What the export tests share."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from support.clips import make_clip, write_clip, write_shaking
from support.evaluate import Published

from export.bench.model.flow import untrained
from export.data.clips import Clip
from export.data.datasets import DatasetName
from export.flow.checkpoint import save_checkpoint
from tracker.errors import ModelUnavailable
from tracker.sources.opencv_capture import open_file
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
