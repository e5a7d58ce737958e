"""What all tests share: where the measuring data lies, and cameras that are real RTSP servers."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from support import rtmo_network
from support.rtsp import ClipEncoder, Encode, RtspServer, StartRtsp, certificate, require_gstreamer
from support.rtsp_steps import StepCamera
from xdist.scheduler import LoadScopeScheduling

from tracker.sources.opencv_capture import open_file

TESTS = Path(__file__).resolve().parent
SHARED = TESTS.parents[1] / "shared"

# Tests start hundreds of processes: each would compile all of our code again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What is loaded while tests are collected stays: the collector need not look at it, now or later.
gc.disable()

# Machines are shared: slow is no failure here, and what must be fast is a bench.
settings.register_profile("posewarden", deadline=None)
settings.load_profile("posewarden")


# Tests of whole sites mostly wait. Those of one group run one after the other, for many sites at
# once would compete for the cores; `e2e` has two groups that take about as long as `chaos`.
OTHER_SITES = {
    f"e2e/test_{topic}.py"
    for topic in ("cameras", "changing_cameras", "healing", "overload", "roles")
}
# What takes longest begins first, so that nobody waits for it in the end.
FIRST = ("chaos/", "e2e/", "export/test_training_guide.py")


def group_of(file: str) -> str:
    """Return what a file runs in one process with: its group of sites, or itself.

    Args:
        file: its path from the folder of tests.
    """
    if file in OTHER_SITES:
        return "other sites"
    folder = file.partition("/")[0]
    return folder if folder in ("chaos", "e2e", "prometheus") else file


class ByGroup(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types for it
    """Gives a file, or a group of files, to one process, where its tests share servers."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0].partition("/")[2])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    """Spread the tests by group; pytest-xdist's own marks do nothing under pytest 9.2."""
    return ByGroup(config, log)


@pytest.hookimpl
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: not item.path.relative_to(TESTS).as_posix().startswith(FIRST))


@pytest.hookimpl
def pytest_collection_finish() -> None:
    """Collect garbage from now on, but none of what was loaded."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def quiet_ffmpeg() -> None:
    """Open a video the product's way first: who comes first decides how much FFmpeg says."""
    open_file(Path(os.devnull))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measuring data beside the checkout; tests skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"measuring data absent: no folder {SHARED.name} beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def save_rtmo() -> Callable[..., Path]:
    """Write a small network with RTMO's ports to a path; see support/rtmo_network.py."""
    return rtmo_network.save


@pytest.fixture(scope="session")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Encode:
    """Make clips for the RTSP server."""
    require_gstreamer()
    return ClipEncoder(tmp_path_factory.mktemp("rtsp"))


@pytest.fixture
def step_camera() -> Iterator[Callable[..., StepCamera]]:
    """Start cameras whose answers are written down; all are ended."""
    running: list[StepCamera] = []

    def start(*arguments: Any, **options: Any) -> StepCamera:
        running.append(StepCamera(*arguments, **options))
        return running[-1]

    yield start
    for camera in running:
        camera.close()


@pytest.fixture
def rtsp(encoded: Encode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartRtsp]:
    """Start RTSP servers; all are killed in the end."""
    running: list[RtspServer] = []

    def serve(
        mounts: Mapping[str, object] | None = None,
        *,
        user: str | None = None,
        password: str = "",
        digest: bool = False,
        tls: bool = False,
    ) -> RtspServer:
        options = [] if user is None else [f"--user={user}", f"--password={password}"]
        options += ["--digest"] if digest else []
        if tls:
            options += ["--certificate", str(certificate(tmp_path_factory.mktemp("tls")))]
        server = RtspServer(mounts or {"cam": encoded()}, options, "rtsps" if tls else "rtsp")
        running.append(server)
        server.start()
        return server

    yield serve
    for server in running:
        server.kill()
