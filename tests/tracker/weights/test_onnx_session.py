"""Sessions tell where they really run."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

import inference
from inference.bundled_model import bundled_model
from tracker.weights.onnx_session import (
    CPU,
    CUDA,
    Provider,
    log_cpu_fallback,
    open_exact_sessions,
    open_session,
    provider_of,
)

MODEL = bundled_model()


def test_a_session_told_to_stay_on_the_cpu_does(caplog: pytest.LogCaptureFixture) -> None:
    """Who asks for the CPU gets it, and hears nothing about it."""
    session = open_session(str(MODEL), wanted="cpu")

    with caplog.at_level(logging.INFO):
        log_cpu_fallback(provider_of(session), "cpu", network="the flow", file=MODEL.name)

    assert provider_of(session) == CPU
    assert not caplog.records


def test_a_fall_back_is_a_warning_when_cuda_was_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A session that wanted CUDA and runs on the CPU says so by name; one on CUDA says nothing."""
    session = open_session(MODEL.read_bytes(), wanted="cuda")

    with caplog.at_level(logging.INFO):
        log_cpu_fallback(provider_of(session), "cuda", network="the flow", file=MODEL.name)

    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    on_cuda = provider_of(session) == CUDA
    assert told == ([] if on_cuda else [("WARNING", "the flow runs on the CPU")])


@pytest.mark.parametrize("wanted", ["auto", "cpu", "cuda"])
def test_sessions_stand_under_the_provider_they_run_on(wanted: Provider) -> None:
    """`auto` gives the CPU first and CUDA where it works; the others give one session."""
    sessions = open_exact_sessions(MODEL.read_bytes(), wanted=wanted)

    assert {name: provider_of(session) for name, session in sessions.items()} == {
        name: name for name in sessions
    }
    assert list(sessions) in {"auto": ([CPU], [CPU, CUDA]), "cpu": ([CPU],)}.get(
        wanted, ([CPU], [CUDA])
    )


def test_a_graph_that_is_none_does_not_open() -> None:
    """Bytes that are no ONNX graph raise; what to call it is the caller's business."""
    with pytest.raises(Exception, match=r"(?i)protobuf|model"):
        open_session(b"not a graph", wanted="cpu")


@pytest.mark.slow
def test_nobody_outside_hears_of_a_session(tmp_path: Path) -> None:
    """ONNX Runtime keeps no device id and no database of reports, which it makes by default."""
    script = (
        "from tracker.weights.onnx_session import open_session; "
        f"open_session({str(MODEL)!r}, wanted='cpu')"
    )
    # These two would silence it without us.
    silent = {"CI", "ORT_DISABLE_TELEMETRY"}
    environment = {name: value for name, value in os.environ.items() if name not in silent}

    subprocess.run(
        [sys.executable, "-c", script],
        env=environment
        | {"HOME": str(tmp_path), "PYTHONPATH": str(Path(inference.__file__).parents[1])},
        check=True,
    )

    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []
