"""docs/examples/shell_session.sh: an operator's day, from first sign-in to a restored backup."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from export.bench.site.service import RunningService

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "shell_session.sh"


@pytest.mark.slow
def test_an_operators_day_survives_in_a_backup(tmp_path: Path) -> None:
    """People, camera, zone, calendar, alert, acts, snooze and audit are in the restored copy."""
    if shutil.which("curl") is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)("no curl on the PATH")
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with RunningService([], folder=tmp_path) as service:
        ran = subprocess.run(
            [str(SCRIPT), service.url, str(tmp_path / "data"), str(tmp_path / "copy")],
            capture_output=True,
            text=True,
            env={**os.environ, "PATH": programs},
            check=False,
        )

    said = dict(line.split(maxsplit=1) for line in ran.stdout.splitlines())
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert said.pop("alert")
    assert said.pop("restored") == str(tmp_path / "copy")
    assert said == {
        "signed-in": "ada",
        "camera": "hall",
        "zone": "door",
        "mode": "watch",
        "verdict": "true",
        "snoozed": "hall",
        "exported": "ada",
        "copy-by": "ada",
        "copy-zone": "door",
        "copy-mode": "watch",
        "copy-alert": "true by ada",
        "copy-snooze": "painters",
        "copy-audit": "ada",
    }
