import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tracker.child_process import isolate_spawned, isolated

PACKAGES = [
    Path(__file__).parents[2] / name for name in ("tracker", "inference", "service", "export")
]

PARENT = """
import signal, subprocess, sys, time
from tracker.child_process import signalled_with_parent
child = subprocess.Popen(["sleep", "60"], preexec_fn=signalled_with_parent(signal.SIGTERM))
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of the end")
def test_a_child_ends_with_a_killed_parent() -> None:
    """Not even kill -9 of the parent leaves the child behind."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()

    deadline = time.monotonic() + 30
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(child)


@pytest.mark.parametrize("module", ["json.tool", "pip"])
def test_a_child_runs_no_file_of_the_working_directory(tmp_path: Path, module: str) -> None:
    """A file called as a library, where `up` happens to be started, is not executed."""
    for name in ("json", "pip", "encodings", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("open('executed', 'w')")

    subprocess.run(
        [*isolated(module), "--help"], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL
    )

    assert not (tmp_path / "executed").exists()


def test_spawned_processes_run_no_file_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command of multiprocessing's children is not ours; the environment keeps them safe."""
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    (tmp_path / "multiprocessing.py").write_text("open('executed', 'w')")
    isolate_spawned()

    command = [sys.executable, "-c", "import multiprocessing.spawn"]
    subprocess.run(command, cwd=tmp_path, check=True)

    assert not (tmp_path / "executed").exists()


def test_no_child_is_started_with_the_working_directory_in_its_path() -> None:
    """`-m` stands in one place of the packages, behind `-P`."""
    found = [
        path.name
        for package in PACKAGES
        for path in package.rglob("*.py")
        if re.search(r'sys\.executable, "-[mc]"', path.read_text())
    ]

    assert found == []


def _runs(process: int) -> bool:
    """Tell whether it lives; a zombie that nobody reaps does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
