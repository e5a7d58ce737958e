"""The run for GPU machines works everywhere: on a machine without CUDA it measures the CPU."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from gpu import picture_network
from gpu.flow_speed import _best_ratio
from gpu.job import QUICK, Job
from gpu.machine import DeviceWatch, card_in_sight
from gpu.report import Figure, Row, StepReport, table, write_json
from gpu.run import main
from gpu.timing import LEAST_CALLS, WARM_CALLS, median_s
from gpu.video_decoding import measure_decoding
from onnx import numpy_helper
from support.waiting import eventually

RUN = Path(__file__).with_name("run.py")


def run(tmp_path: Path, *flags: str, python: tuple[str, ...] = ()) -> tuple[int, str, str]:
    """Run the script from a strange folder, with no path set; return status, stdout, stderr."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, *python, str(RUN), *flags],
        env=environment | {"OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=800,  # a bound for what hangs; a busy machine must not reach it
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_every_step_runs_and_the_table_comes_last(tmp_path: Path) -> None:
    """Without CUDA all steps pass on the CPU, and the output says loudly that it is the CPU."""
    status, told, errors = run(tmp_path, "--quick", "--json", "found.json")

    assert status == 0, told + errors
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["passed"]
    names = [step["name"] for step in found["steps"] if step["name"] != "time"]
    assert names == [
        "provider",
        "parity",
        "first calls",
        "choice",
        "flow",
        "pictures",
        "cameras",
        "decoding",
        "worker",
        "training",
    ]
    assert told.splitlines()[-1].startswith("| time | whole run |")
    assert told.count("NO CUDA") == (0 if found["wanted"] == "cuda" else 2)
    flow = next(step for step in found["steps"] if step["name"] == "flow")
    assert [row["what"] for row in flow["rows"]] == [
        f"flow, {n} windows" for n in QUICK.flow_batches
    ]
    assert all(row["figures"]["binding"] > 0 < row["figures"]["eager"] for row in flow["rows"])
    (cameras,) = next(step for step in found["steps"] if step["name"] == "cameras")["rows"]
    assert cameras["figures"].keys() == {"scaled by OpenCV", "scaled by the device"}
    assert all(rate > 0 for rate in cameras["figures"].values())
    (decoding,) = next(step for step in found["steps"] if step["name"] == "decoding")["rows"]
    assert decoding["figures"]["OpenCV"] > 0
    if found["wanted"] == "cpu":
        assert decoding["figures"]["NVDEC"] == "not measured: no card"


@pytest.mark.slow
def test_cuda_that_was_wanted_and_is_absent_ends_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No figure of the CPU is ever taken for CUDA's: nothing is measured and the status is 1."""
    if card_in_sight():
        pytest.skip("a CUDA card is here")
    file = tmp_path / "found.json"

    status = main(["--quick", "--provider", "cuda", "--json", str(file)])

    assert status == 1
    told = capsys.readouterr().out
    assert re.search(r"WrongProvider: cuda was wanted, the session runs on (CPU|Compiled)", told)
    found = json.loads(file.read_text())
    assert (found["passed"], [step["name"] for step in found["steps"]]) == (False, ["provider"])


def test_steps_beyond_the_time_are_left_out_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that has no time left says which steps are missing, and does not pass."""
    flags = ["--quick", "--provider", "cpu", "--budget-s", "-1"]

    status = main([*flags, "--json", str(tmp_path / "found.json")])

    assert status == 1
    assert capsys.readouterr().out.count("**left out**") == 10


def test_help_lists_what_to_carry_where_it_is_missing(tmp_path: Path) -> None:
    """It needs no library at all; without one a run says which is missing."""
    status, told, _ = run(tmp_path, "--help", python=("-I", "-S"))
    bare_status, _, errors = run(tmp_path, "--quick", python=("-I", "-S"))

    assert status == 0
    assert all(name in told for name in ("onnxruntime-gpu 1.31.1", "msgspec, redis, pyyaml"))
    assert bare_status == 2
    assert "torch is missing" in errors


def test_the_table_shows_rows_failures_and_gaps() -> None:
    """Each row is a line; errors become one short line without the table's own signs."""
    steps = [
        StepReport(
            name="parity",
            rows=[
                Row(what="score", text="1e-6", passed=True),
                Row(what="map", text="1", passed=False),
            ],
        ),
        StepReport(name="flow", error="RuntimeError: no\nroom | left"),
        StepReport(name="training", skipped="480 s were over"),
    ]

    assert table(steps).splitlines()[2:] == [
        "| parity | score | 1e-6 | ok |",
        "| parity | map | 1 | **failed** |",
        "| flow | | RuntimeError: no room / left | **failed** |",
        "| training | | 480 s were over | **left out** |",
    ]
    assert [step.passed for step in steps] == [False, False, False]


def test_figures_are_written_whole(tmp_path: Path) -> None:
    """The file holds every figure, and nothing else is left in its folder."""
    file = tmp_path / "gpu.json"
    row = Row(what="flow", text="fast", figures={"plain": 5, "graph": "needs CUDA"})

    write_json(file, {"wanted": "cpu"}, [StepReport(name="flow", rows=[row])])

    found = json.loads(file.read_text())
    assert (found["wanted"], found["passed"]) == ("cpu", True)
    assert found["steps"][0]["rows"][0]["figures"] == {"plain": 5, "graph": "needs CUDA"}
    assert list(tmp_path.iterdir()) == [file]


def test_the_card_is_watched_by_nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples give mean utilisation and highest memory; lines without numbers do not count."""
    program, turn = tmp_path / "nvidia-smi", tmp_path / "turn"
    lines = (
        f"case $(wc -l < {turn}) in 1) echo 20, 1000;; 2) echo [N/A], 5;; 3) echo 60, 3000;; esac"
    )
    program.write_text(f"#!/bin/sh\necho >> {turn}\n{lines}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with DeviceWatch() as watch:
        eventually(lambda: watch.samples == 2)

    seen = watch.figures()
    assert (seen["card_busy_percent"], seen["card_peak_mb"]) == (40, 3000)


def test_a_machine_without_a_card_tells_its_own_memory() -> None:
    """Memory and busy cores of the process are always there."""
    with DeviceWatch() as watch:
        sum(range(10_000))

    seen = watch.figures()
    assert isinstance(seen["process_peak_mb"], int)
    assert seen["process_peak_mb"] > 10


def test_a_call_is_warmed_before_it_is_timed() -> None:
    """Three calls warm; at least five count, however short the round."""
    calls: list[int] = []

    assert median_s(lambda: calls.append(1), 0.0) >= 0
    assert len(calls) == WARM_CALLS + LEAST_CALLS


@pytest.mark.slow
def test_the_picture_network_costs_what_it_says(tmp_path: Path) -> None:
    """At the full width its convolutions take 26.6 GFLOP a picture; its ports are RTMO's."""
    model = onnx.load(picture_network.save(tmp_path / "network.onnx", 32))
    onnx.checker.check_model(model, full_check=True)
    shapes = {each.name: numpy_helper.to_array(each).shape for each in model.graph.initializer}
    side_px, flop = picture_network.SIDE_PX, 0.0
    for node in model.graph.node:
        if node.op_type == "Conv":
            stride = next(a.ints[0] for a in node.attribute if a.name == "strides")
            side_px //= stride
            flop += 2 * side_px**2 * float(np.prod(shapes[node.input[1]]))

    assert flop == pytest.approx(26.6e9, rel=0.01)
    assert [port.name for port in model.graph.output] == ["dets", "keypoints"]


def test_a_job_says_where_pytorch_computes(tmp_path: Path) -> None:
    """PyTorch and ONNX Runtime are measured on the same device."""
    jobs = [Job(cuda=cuda, sizes=QUICK, folder=tmp_path) for cuda in (True, False)]

    assert [job.torch_device for job in jobs] == ["cuda", "cpu"]


def test_the_best_way_is_compared_with_the_published_flow() -> None:
    """Ways that failed do not count; where the flow itself did not run there is no ratio."""
    rates: dict[str, Figure] = {"plain": 100, "graph": 900, "binding": "no room", "eager": 3}

    assert _best_ratio(rates) == 300.0
    assert _best_ratio(rates, "plain") == 9.0
    assert _best_ratio({"plain": 100, "eager": "no room"}) is None


def test_a_film_is_decoded_whole(tmp_path: Path) -> None:
    """The drawn film has its frames, and without a card the card's decoder says so."""
    job = Job(cuda=False, sizes=QUICK, folder=tmp_path)

    (row,) = measure_decoding(job)

    capture = cv2.VideoCapture(str(tmp_path / "film.mp4"))
    frames = 0
    while capture.read()[0]:
        frames += 1
    capture.release()
    assert frames == QUICK.film_frames
    assert row.figures["NVDEC"] == "not measured: no card"
