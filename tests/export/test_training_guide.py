"""docs/training.md does what it says: its commands are run as they stand, on a few seconds."""

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

import httpx
import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "training.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVES = "posewarden up"
READY_WITHIN_S = 60.0


def environment() -> dict[str, str]:
    """Return what a reader's shell has: the commands on the path; a port of this test's own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
    commands = str(Path(sys.executable).parent)
    path = os.pathsep.join([commands, os.environ["PATH"]])
    return {**os.environ, "PATH": path, "POSEWARDEN_PORT": port}


def run(block: str, folder: Path, variables: dict[str, str]) -> None:
    """Run a block of the guide; every one of its commands must succeed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
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
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=folder,
            env=variables,
            stdout=output,
            stderr=output,
            process_group=0,
        )
        try:
            wait_until_ready(service, f"http://127.0.0.1:{variables['POSEWARDEN_PORT']}/readyz")
            os.killpg(service.pid, signal.SIGINT)
            assert service.wait(timeout=20) == 0, log.read_text()
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


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.usefixtures("blazepose")
def test_the_road_from_footage_to_a_deployed_model(
    tmp_path: Path, cut_street: Callable[..., Path]
) -> None:
    """Every command of the guide succeeds, in its order."""
    for folder, name, first in (
        ("normal", "street-1", 0),
        ("normal", "street-2", 120),
        ("test", "street-3", 240),
    ):
        (tmp_path / "footage" / folder).mkdir(parents=True, exist_ok=True)
        cut_street(tmp_path / "footage" / folder / f"{name}.avi", first=first, frames=40)
    variables = environment()
    blocks = BLOCK.findall(GUIDE.read_text())

    for block in blocks:
        (serve if block.startswith(SERVES) else run)(block, tmp_path, variables)

    assert len(blocks) > 4
    assert len(list((tmp_path / "look").iterdir())) == 2


def test_no_command_of_the_guide_escapes() -> None:
    """What looks like a command stands in a block that is run."""
    text = GUIDE.read_text()

    outside = BLOCK.sub("", text)

    assert re.findall(r"^\s*(?:\$ |\.venv/bin/)?posewarden\S* .*$", outside, re.MULTILINE) == []
