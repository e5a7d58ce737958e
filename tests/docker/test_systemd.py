"""The units of a site without containers."""

import shutil
import subprocess
from pathlib import Path

import pytest

from service.cli import main

UNITS = Path(__file__).resolve().parents[2] / "docker" / "systemd"
INSTALLED = "/opt/posewarden/.venv/bin/posewarden"


@pytest.mark.slow
def test_systemd_takes_the_units_without_a_word(tmp_path: Path) -> None:
    """Each key is known and each value reads; only our program is not installed here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on the PATH; apt-get install systemd")
    units = []
    for unit in UNITS.iterdir():
        units.append(tmp_path / unit.name)
        units[-1].write_text(unit.read_text().replace(INSTALLED, "/bin/true"))

    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)],
        capture_output=True,
        text=True,
        check=False,
    )

    # What it says of the machine's own units is none of ours.
    assert len(units) == 3
    assert [line for line in verified.stderr.splitlines() if "posewarden" in line] == []


@pytest.mark.parametrize("unit", ["posewarden.service", "posewarden-backup.service"])
def test_units_call_commands_that_exist(unit: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command of a unit and its flags are those of this version."""
    words = next(
        line for line in (UNITS / unit).read_text().splitlines() if line.startswith("ExecStart=")
    ).split()
    command = words[next(at for at, word in enumerate(words) if word.endswith(INSTALLED)) + 1]

    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])

    help_text = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(word in help_text for word in words if word.startswith("--"))
