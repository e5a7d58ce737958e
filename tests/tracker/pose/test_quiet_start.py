"""What a process that looks for bodies writes to stderr: lines of its own alone."""

import subprocess
import sys
from pathlib import Path

import pytest

START = """
import logging, sys, threading
from pathlib import Path
from tracker.pose.landmarks import LandmarkNetwork, pruned_model
from tracker.pose.quiet_start import without_greeting

logging.basicConfig(format="%(message)s")
logging.warning("before")
LandmarkNetwork(pruned_model(Path(sys.argv[1])))
with without_greeting():
    logging.warning("after")
"""
MEANWHILE = """
import os
from tracker.pose.quiet_start import GREETING, without_greeting

with without_greeting():
    os.write(2, b"one\\n" + GREETING + b"two\\n")
os.write(2, GREETING)
"""
EMPTY = """
from tracker.pose.quiet_start import without_greeting

with without_greeting():
    pass
"""


def written_by(program: str, *arguments: str) -> str:
    """Return what a process writes to stderr."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


@pytest.mark.slow
def test_the_runtimes_greeting_is_left_out(blazepose_file: Path) -> None:
    """A log of JSON stays one; our own lines come."""
    assert written_by(START, str(blazepose_file)) == "before\nafter\n"


@pytest.mark.slow
def test_what_is_written_meanwhile_comes_in_its_order() -> None:
    """And nothing is kept from whoever comes later, also the greeting: it would be news."""
    said = written_by(MEANWHILE)

    assert said.startswith("one\ntwo\n")
    assert said.count("XNNPACK") == 1


@pytest.mark.slow
def test_a_process_without_stderr_starts() -> None:
    """As a service may be started."""
    program = f"import os\nos.close(2)\n{EMPTY}"
    assert written_by(program) == ""
