"""docs/training.md does what it says: its commands are run as they stand, on a few seconds."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from support.waiting import PATIENCE_S

from export.data.pose_writer import SUFFIX
from export.extraction.pipeline import crowd_poses
from tracker.simulator.source import Simulation
from tracker.sources.opencv_capture import open_file

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "training.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OWN, PUBLISHED = GUIDE.read_text().split("## Published data sets\n")
SERVES = "posewarden up"
SHELL = ("bash", "-euo", "pipefail", "-c")  # any command that fails ends a block
READY_WITHIN_S = 600.0  # an upper bound on a machine that is very slow


def environment() -> dict[str, str]:
    """Return what a reader's shell has: the commands on the path; a port of this test's own.

    And one thread for each library: data this small lose by more, most of all on a busy machine.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
    commands = str(Path(sys.executable).parent)
    path = os.pathsep.join([commands, os.environ["PATH"]])
    return {**os.environ, "PATH": path, "POSEWARDEN_PORT": port, "OMP_NUM_THREADS": "1"}


def run(block: str, folder: Path, variables: dict[str, str]) -> None:
    """Run a block of the guide; every one of its commands must succeed."""
    done = subprocess.run(
        [*SHELL, block],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


def serve(block: str, folder: Path, variables: dict[str, str]) -> None:
    """Run the block that serves until it is ready, then press Ctrl-C."""
    log = folder / "service.log"
    with log.open("w") as output:
        service = subprocess.Popen(
            [*SHELL, block],
            cwd=folder,
            env=variables,
            stdout=output,
            stderr=output,
            process_group=0,
        )
        try:
            wait_until_ready(service, f"http://127.0.0.1:{variables['POSEWARDEN_PORT']}/readyz")
            os.killpg(service.pid, signal.SIGINT)
            assert service.wait(timeout=PATIENCE_S) == 0, log.read_text()
        except AssertionError as err:
            raise AssertionError(f"{block}\n{log.read_text()}") from err
        finally:
            service.kill()
            service.wait()


def wait_until_ready(service: subprocess.Popen[bytes], url: str) -> None:
    """Ask until the service says that it is ready."""
    end_at = time.monotonic() + READY_WITHIN_S
    while True:
        assert service.poll() is None, "the service ended"
        assert time.monotonic() < end_at, "the service is not ready"
        with suppress(httpx.TransportError):  # not there yet, or too busy to answer
            if httpx.get(url, timeout=5).is_success:
                return
        time.sleep(0.1)


def run_all(text: str, folder: Path) -> None:
    """Run every block of a text in its order."""
    variables = environment()
    for block in BLOCK.findall(text):
        (serve if block.startswith(SERVES) else run)(block, folder, variables)


def write_crowd(folder: Path, name: str, fps: float, seed: int) -> None:
    """Write poses of simulated people as those of a published clip."""
    crowd = crowd_poses(Simulation(people=3, fps=fps, seed=seed), 3.0, fps)
    crowd.write(folder / f"{name}{SUFFIX}")


def write_mask(file: Path, frames: int, abnormal: slice, *, sign: int = 1) -> None:
    """Write a mask; as UBnormal's when `sign` is 0: there 1 is normal."""
    mask = np.full(frames, 1 - sign)
    mask[abnormal] = sign
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:  # np.save would change UBnormal's ending
        np.save(opened, mask)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("blazepose")
def test_the_road_from_footage_to_a_deployed_model(
    tmp_path: Path, cut_street: Callable[..., Path]
) -> None:
    """Every command of the guide succeeds, in its order, and leaves what the guide says."""
    for folder, name, first, frames in (
        ("normal", "street-1", 0, 30),
        ("normal", "street-2", 120, 30),
        ("test", "street-3", 240, 40),  # its label ends at 3.5 s
    ):
        (tmp_path / "footage" / folder).mkdir(parents=True, exist_ok=True)
        cut_street(tmp_path / "footage" / folder / f"{name}.avi", first=first, frames=frames)

    run_all(OWN, tmp_path)

    assert len(list((tmp_path / "look").iterdir())) == 2
    for left in ("config.yaml", "origin.json", "metrics.jsonl", "tensorboard"):
        assert (tmp_path / "runs" / "street" / left).exists()
    assert list((tmp_path / "report").glob("*.html"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("blazepose")
def test_the_published_data_sets(tmp_path: Path, cut_street: Callable[..., Path]) -> None:
    """The commands for each published data set succeed on a few seconds in its layout."""
    for folder in ("training/videos", "testing/frames/01_0014"):
        (tmp_path / folder).mkdir(parents=True)
    video = cut_street(tmp_path / "training" / "videos" / "01_001.avi", frames=50, fps=24.0)
    reader = open_file(video)
    for number in range(50):
        still = tmp_path / "testing" / "frames" / "01_0014" / f"{number:03d}.jpg"
        assert cv2.imwrite(str(still), reader.read()[1])
    write_mask(tmp_path / "shanghaitech/gt/test_frame_mask/01_0014.npy", 50, slice(30, 45))
    ubnormal, aihub = tmp_path / "ubnormal", tmp_path / "aihub"
    write_crowd(ubnormal / "pose/train", "normal_scene_1_scenario_1", 30.0, 1)
    write_crowd(ubnormal / "pose/train", "abnormal_scene_1_scenario_2", 30.0, 2)
    write_crowd(ubnormal / "pose/test", "abnormal_scene_2_scenario_1", 30.0, 3)
    tracks = "abnormal_scene_2_scenario_1_tracks.txt"
    write_mask(ubnormal / "gt" / tracks, 90, slice(40, 70), sign=0)
    (ubnormal / "gt" / "abnormal_scene_1_scenario_2_tracks.txt").write_text("1,20,60\n")
    write_crowd(aihub / "pose/test", "C021_A17_SY15_P01_S03_02NBS", 30.0, 4)
    (tmp_path / "labels").mkdir()
    blocks = [
        {"start_frame_index": 0, "end_frame_index": 39, "block_detail": "A00"},
        {"start_frame_index": 40, "end_frame_index": 69, "block_detail": "A17"},
        {"start_frame_index": 70, "end_frame_index": 89, "block_detail": "A00"},
    ]
    label = {"file": [{"videos": {"block_information": blocks}}]}
    (tmp_path / "labels" / "C021_A17_SY15_P01_S03_02NBS.json").write_text(json.dumps(label))

    run_all(PUBLISHED, tmp_path)

    for name in ("shanghaitech", "ubnormal"):
        assert (tmp_path / "runs" / name / "checkpoints" / "best.pt").exists()
    assert np.load(aihub / "gt" / "C021_A17_SY15_P01_S03_02NBS.npy").sum() == 30


def test_no_command_of_the_guide_escapes() -> None:
    """What looks like a command stands in a block that is run; both halves have some."""
    outside = BLOCK.sub("", OWN + PUBLISHED)

    assert re.findall(r"^\s*(?:\$ |\.venv/bin/)?posewarden\S* .*$", outside, re.MULTILINE) == []
    assert min(len(BLOCK.findall(half)) for half in (OWN, PUBLISHED)) >= 3
