"""Everything that has to be known about a GPU machine, in one run; see `--help`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

ROOT = Path(__file__).resolve().parents[2]
# A plain checkout is enough: nothing has to be installed.
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from gpu.report import Figure, Row, StepReport, table, write_json  # noqa: E402 -- needs the paths

if TYPE_CHECKING:
    from gpu.job import Job

BUDGET_S, CHECKS_S = 480.0, 120.0
# Name, module and function. The modules are imported when their step begins, so that `--help`
# answers, and says what to carry, where their libraries are missing.
STEPS = (
    ("provider", "gpu.checks", "check_provider"),
    ("parity", "gpu.checks", "check_parity"),
    ("first calls", "gpu.checks", "check_first_calls"),
    ("choice", "gpu.checks", "check_choices"),
    ("flow", "gpu.flow_speed", "measure_flow"),
    ("pictures", "gpu.pictures", "measure_pictures"),
    ("cameras", "gpu.pictures", "measure_cameras"),
    ("decoding", "gpu.video_decoding", "measure_decoding"),
    ("worker", "gpu.worker", "measure_worker"),
    ("training", "gpu.training", "measure_training"),
)
CHECKS = 4  # so many of them, at the beginning
HELP = """\
Checks and measures posewarden on a machine with a CUDA card: the provider the sessions really
have, parity with the CPU, first calls, the flow's throughput with and without IO binding and CUDA
graphs, RTMO's path with frames scaled by the processor and by the card, the card's video decoder,
the worker loop, training. Prints a short table last and writes all figures as JSON. After 8 minutes
no further step begins.

Needs neither pip nor a Redis server nor the internet. Python 3.11 or newer with PyTorch, NumPy,
OpenCV and onnx must be there. To carry, each unpacked by `python3 -m zipfile -e FILE.whl FOLDER`
into one folder that stands on PYTHONPATH:
  onnxruntime-gpu 1.31.1   (for CUDA 13 and cuDNN 9, which PyTorch's wheels for CUDA 13 bring)
  msgspec, redis, pyyaml   (wheels for that Python; found by trial in a bare environment)
  PyNvVideoCodec           (only to measure the card's video decoder)

Without CUDA the same steps run on the CPU provider, in small sizes, and the output says so loudly.
Ends with status 0 when everything passed, 1 when something failed or was left out, 2 when a
library is missing.
"""
NO_CUDA = """\
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!
!!  NO CUDA: everything here runs on the CPU provider.                  !!
!!  It shows that the steps work. None of the figures is a GPU's.       !!
!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all steps; return the exit status."""
    parser = argparse.ArgumentParser(
        description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--provider",
        choices=("auto", "cuda", "cpu"),
        default="auto",
        help="auto: cuda where an NVIDIA card is in sight, working or not",
    )
    add("--json", type=Path, default=Path("gpu.json"), help="the file to write (%(default)s)")
    add(
        "--quick",
        action=argparse.BooleanOptionalAction,
        help="small sizes, only to see that the steps work; the default without CUDA",
    )
    add("--budget-s", type=float, default=BUDGET_S, help="later steps are left out (%(default)g)")
    add("--film", type=Path, help="H.264 or H.265 file to decode; one in MPEG-4 is drawn otherwise")
    given = parser.parse_args(arguments)
    try:
        return _run(given)
    except ModuleNotFoundError as err:
        print(f"{err.name} is missing; --help lists what to carry", file=sys.stderr)
        return 2


def _run(given: argparse.Namespace) -> int:
    # PyTorch first: it loads the CUDA libraries that ONNX Runtime looks for.
    import_module("torch")
    job_module, machine = import_module("gpu.job"), import_module("gpu.machine")
    cuda = machine.card_in_sight() if given.provider == "auto" else given.provider == "cuda"
    quick = not cuda if given.quick is None else given.quick
    about: dict[str, Figure] = {
        "wanted": "cuda" if cuda else "cpu",
        "quick": int(quick),
        "machine": machine.describe(),
    }
    if not cuda:
        print(NO_CUDA, flush=True)
    sizes = job_module.QUICK if quick else job_module.Sizes()
    with tempfile.TemporaryDirectory() as folder:
        job = job_module.Job(cuda=cuda, sizes=sizes, folder=Path(folder), film=given.film)
        steps = _steps(job, given, about)
    _print(about, steps, cuda=cuda)
    return 0 if all(step.passed for step in steps) else 1


def _steps(job: "Job", given: argparse.Namespace, about: dict[str, Figure]) -> list[StepReport]:
    """Run the steps, writing what is known after each; a wrong provider ends them all."""
    begun_s = time.perf_counter()
    steps: list[StepReport] = []
    for name, module, function in STEPS:
        passed_s = time.perf_counter() - begun_s
        if passed_s > given.budget_s:
            skipped = f"{given.budget_s:g} s were over"
            steps.append(StepReport(name=name, skipped=skipped))
        else:
            run = cast("Callable[[Job], list[Row]]", getattr(import_module(module), function))
            steps.append(_step(name, run, job))
        if len(steps) == CHECKS:
            steps.append(_duration("checks", begun_s, CHECKS_S, judged=job.cuda))
        write_json(given.json, about, steps)
        print(f"{time.perf_counter() - begun_s:6.1f} s  {name} done", file=sys.stderr, flush=True)
        if (steps[-1].error or "").startswith("WrongProvider"):
            return steps
    steps.append(_duration("whole run", begun_s, given.budget_s, judged=job.cuda))
    write_json(given.json, about, steps)
    return steps


def _step(name: str, run: "Callable[[Job], list[Row]]", job: "Job") -> StepReport:
    from gpu.machine import DeviceWatch

    watch = DeviceWatch()
    report = StepReport(name=name)
    try:
        with watch:
            report.rows = run(job)
    except ModuleNotFoundError:
        raise
    except Exception as err:  # one step's failure must not cost the others
        report.error = f"{type(err).__name__}: {err}"
    report.seconds = round(watch.seconds, 2)
    report.device = watch.figures()
    return report


def _duration(what: str, begun_s: float, limit_s: float, *, judged: bool) -> StepReport:
    seconds = time.perf_counter() - begun_s
    row = Row(
        what=what,
        text=f"{seconds:.0f} s, at most {limit_s:g}",
        figures={"seconds": round(seconds, 1), "limit_s": limit_s},
        passed=seconds <= limit_s if judged else None,
    )
    return StepReport(name="time", rows=[row])


def _print(about: dict[str, Figure], steps: list[StepReport], *, cuda: bool) -> None:
    print("\n".join(f"{name}: {value}" for name, value in about.items()))
    for step in steps:
        if step.device:
            shown = ", ".join(f"{name} {value}" for name, value in step.device.items())
            print(f"{step.name}: {step.seconds} s, {shown}")
    print("" if cuda else NO_CUDA)
    print(table(steps))


if __name__ == "__main__":
    sys.exit(main())
