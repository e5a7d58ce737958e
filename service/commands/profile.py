"""`posewarden profile`: draws where a running process spends its time, by py-spy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tracker.errors import ConfigError

NO_PY_SPY = "py-spy is not installed here; `pip install py-spy`, or posewarden's extra `dev`"
NO_RIGHT = (
    "no right to look into process {pid}; run this as its user or as root, and in a container give "
    "it the right SYS_PTRACE (Docker: `--cap-add SYS_PTRACE`; Compose: `cap_add: [SYS_PTRACE]`)"
)


def profile(pid: int, seconds: int, output: Path) -> None:
    """Draw a flame graph of a Python process; it goes on running meanwhile.

    Args:
        output: a new file, which becomes an SVG.

    Raises:
        ConfigError: py-spy is absent, the file cannot be written, there is no such process, or
            there is no right to look into it.
    """
    _require_new(output)
    program = shutil.which("py-spy", path=os.pathsep.join(_search_path()))
    if program is None:
        raise ConfigError(NO_PY_SPY)
    command = [program, "record", "--pid", str(pid), "--duration", str(seconds), "--function"]
    # `--function`: a box for each function, whatever line it was at.
    ran = subprocess.run(
        [*command, "--output", str(output)], capture_output=True, text=True, check=False
    )
    if ran.returncode != 0 or not output.exists():
        raise ConfigError(_reason(pid, ran.stderr))


def _search_path() -> list[str]:
    return [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]


def _require_new(output: Path) -> None:
    if output.exists():
        raise ConfigError(f"{output} exists; remove it, or name a new file by --output")
    folder = output.absolute().parent
    if not folder.is_dir():
        raise ConfigError(f"{output}: there is no folder {folder}; make it, or name another")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"{output}: {folder} cannot be written; name a file elsewhere")


def _reason(pid: int, said: str) -> str:
    """Return why py-spy failed, with the remedy."""
    if not Path(f"/proc/{pid}").exists():
        return f"there is no process {pid} (any more); `ps ax` lists what runs"
    if "ermission denied" in said or "not permitted" in said:
        return NO_RIGHT.format(pid=pid)
    if "No stack counts" in said:
        return f"process {pid} only waited all the time; watch it for longer, or while it works"
    first = next((line for line in said.splitlines() if line.startswith("Error")), said.strip())
    return f"py-spy could not watch process {pid}: {first}; is it a Python process?"
