import subprocess
import sys

import pytest

WAITING = """
import logging, sys
from service.lifecycle import stop_on_signals
logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.INFO)
stop = stop_on_signals()
print("ready", flush=True)
stop.wait(600)
print("stopped", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("ignored", [False, True])
def test_a_hang_up_stops_as_sigterm_does_with_a_line(ignored: bool) -> None:
    """A closed terminal ends the process in order and says so; under nohup it is ignored."""
    command = ["nohup"] * ignored + [sys.executable, "-c", WAITING]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(1)
        if ignored:
            process.terminate()
        lines = process.stdout.read().decode().splitlines()

    assert process.returncode == 0
    assert lines[-1] == "stopped"
    assert any("SIGHUP" in line for line in lines) is not ignored
