"""The flow's kernel, compiled for a test, and what stands for an ONNX Runtime session."""

import ctypes
import shlex
import subprocess
import tomllib
from pathlib import Path

from export.onnx_export.command import GraphRunner
from inference.card import INPUT_NAME, SCORE_NAME
from inference.compiled_flow import CompiledFlow
from tracker.types import Float32

ROOT = Path(__file__).resolve().parents[2]


def compiled_kernel(folder: Path) -> ctypes.CDLL:
    """Compile the kernel as the wheel does, into a folder."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extensions = project["tool"]["setuptools"]["ext-modules"]
    (extension,) = [each for each in extensions if each["name"] == "inference._flow_kernel"]
    file = folder / "kernel.so"
    flags = [*extension["extra-compile-args"], "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    sources = [str(ROOT / source) for source in extension["sources"]]
    command = ["cc", *flags, *sources, "-o", str(file), "-lm"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, f"{shlex.join(command)}\n{made.stderr}"
    return ctypes.CDLL(str(file))


class Session:
    """Scores as an ONNX Runtime session."""

    def __init__(self, graph: GraphRunner) -> None:
        self._graph = graph

    def run(self, _: list[str], inputs: dict[str, Float32]) -> list[Float32]:
        """Return the scores of the windows."""
        return [self._graph(inputs[INPUT_NAME])]


def scores_of(compiled: CompiledFlow, windows: Float32) -> Float32:
    """Score windows (N, C, T, V); return (N)."""
    return compiled.run([SCORE_NAME], {INPUT_NAME: windows})[0]
