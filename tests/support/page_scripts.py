"""Runs modules of the page in a JavaScript engine without a browser, which would take seconds."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import service

PAGE = Path(service.__file__).parent / "page"


def said_by_node(script: str, *given: str) -> object:
    """Return the JSON that a module's script prints.

    Args:
        given: its arguments.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on the PATH; apt-get install nodejs")
    command = [node, "--input-type=module", "--eval", script, *given]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def imported(names: str, file: str) -> str:
    """Return the line that imports names of one of the page's modules."""
    return f"import {{ {names} }} from {json.dumps(f'file://{PAGE / file}')};\n"
