import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def _runs(process: int) -> bool:
    """Tell whether it lives; a zombie that nobody reaps does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
