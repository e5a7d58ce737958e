"""`posewarden profile`, of a real API that is busy."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest
from support.waiting import PATIENCE_S, eventually

from export.bench.site.service import free_port
from service.adapters.redis.embedded import EmbeddedRedis, find_server
from service.cli import main
from service.process.running_roles import process_of, processes_of
from tracker.child_process import isolated
from tracker.errors import ConfigError

PROFILE = [*isolated("service.cli"), "profile"]
WITHOUT_PTRACE = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]


def ptrace_refused() -> bool:
    """Say whether py-spy cannot look into a process of ours here."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        command = [str(Path(sys.executable).with_name("py-spy")), "dump", "--pid", str(process.pid)]
        ran = subprocess.run(command, capture_output=True, check=False)
        process.kill()
    return b"ermission denied" in ran.stderr or b"not permitted" in ran.stderr


@pytest.fixture(scope="module")
def busy_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the process of an API that answers one question after the other."""
    folder, port, stop = tmp_path_factory.mktemp("site"), free_port(), threading.Event()
    command = [str(Path(sys.executable).with_name("posewarden")), "--log-format", "json", "api"]

    def ask() -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{port}/cameras").status_code == 200
        return False

    def ask_on() -> None:
        while not stop.is_set():
            ask()

    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(folder / "redis", binary=find_server()))
        process = subprocess.Popen(
            [*command, "--port", str(port), "--data", str(folder)],
            env={**os.environ, "POSEWARDEN_REDIS__URL": redis.url},
            stderr=subprocess.DEVNULL,
        )
        stack.callback(process.wait, PATIENCE_S)
        stack.callback(process.terminate)
        eventually(ask)
        asking = threading.Thread(target=ask_on)
        asking.start()
        stack.callback(asking.join)
        stack.callback(stop.set)
        yield process.pid


@pytest.mark.slow
def test_a_busy_role_shows_its_functions(busy_api: int, tmp_path: Path) -> None:
    """A flame graph of the API names its functions, down from the command's own."""
    if ptrace_refused():
        pytest.skip("this container refuses ptrace (CAP_SYS_PTRACE)")

    def watched() -> set[str]:
        output = tmp_path / "profile.svg"
        output.unlink(missing_ok=True)
        arguments = ["profile", "--pid", str(busy_api), "--seconds", "1", "--output", str(output)]
        if main(arguments) != 0:  # it was not given the processor
            return set()
        return set(re.findall(r"<title>(\w+) \(", output.read_text()))

    def named() -> bool:
        return {"main", "run_api_alone"} <= watched()

    assert eventually(named)


@pytest.mark.slow
def test_a_role_is_found_by_its_name(busy_api: int) -> None:
    """Flags before the command do not confuse; a role that nobody runs is named."""
    assert busy_api in processes_of("api")
    assert busy_api not in processes_of("worker")

    with pytest.raises(ConfigError, match="no process of yours runs the role choir; start a site"):
        process_of("choir")


@pytest.mark.slow
def test_without_the_right_it_says_how_to_get_it(busy_api: int, tmp_path: Path) -> None:
    """A container without CAP_SYS_PTRACE is told to add it."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can give up a right that others of this user have")
    arguments = ["--pid", str(busy_api), "--seconds", "1", "--output", str(tmp_path / "out.svg")]
    ran = subprocess.run(
        [*WITHOUT_PTRACE, *PROFILE, *arguments], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert f"no right to look into process {busy_api}" in ran.stderr
    assert "cap_add: [SYS_PTRACE]" in ran.stderr


def test_what_cannot_be_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that exists stays as it is; a folder that is missing is named."""
    kept = tmp_path / "kept.svg"
    kept.write_text("mine")
    own = ["profile", "--pid", str(os.getpid()), "--output"]

    assert main([*own, str(kept)]) == 1
    assert f"{kept} exists; remove it, or name a new file" in capsys.readouterr().err
    assert kept.read_text() == "mine"
    assert main([*own, str(tmp_path / "absent" / "out.svg")]) == 1
    assert f"there is no folder {tmp_path / 'absent'}" in capsys.readouterr().err


def test_a_process_that_is_gone_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number that no process has is said to be so."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert main(["profile", "--pid", str(ended.pid), "--output", str(tmp_path / "out.svg")]) == 1
    assert f"there is no process {ended.pid} (any more)" in capsys.readouterr().err


def test_without_py_spy_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lean installation has no py-spy; the error names what to install."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["profile", "--pid", "1", "--output", str(tmp_path / "out.svg")]) == 1
    assert "pip install py-spy" in capsys.readouterr().err
