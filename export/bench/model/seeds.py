"""`bench seeds`: trains one setting with several seeds and judges each on labelled clips.

Takes every flag of `posewarden-lab train`, but trains on all windows to the last epoch, whatever
is said of validation, and keeps checkpoints alone; prints mean and deviation of both protocols'
AUROC beside what costs nothing to know, so that leaks show.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from export.bench.figures import spread
from export.config.configure import make_out_folder
from export.data.datasets import Dataset, DatasetName, read_dataset
from export.evaluation.protocols import PROTOCOLS, Protocol
from export.evaluation.run import Evaluation, Plan, Stopwatch, evaluate
from export.evaluation.window_scorer import load_checkpoint_scorer
from export.flow.checkpoint import About, Checkpoint, load_checkpoint, save_checkpoint
from export.training.fit import Epoch, train
from export.training.settings import Settings, declare, device_of, settings_of
from export.training.windows import cut, read_clips

COLUMNS = (
    "paper",
    "paper, covered",
    "paper, macro",
    "causal",
    "causal, covered",
    "causal, macro",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench seeds`."""
    add = parser.add_argument
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of weights and order")
    add("--judge-dataset", choices=get_args(DatasetName), default="aihub", help="to judge on")
    add("--judge-root", type=Path, required=True, help="folder of the data set to judge on")
    add("--judge-fps", type=float, help="rate of its pose files; default: as published")
    add("--checkpoints", type=Path, nargs="*", help="judge these too, untrained by us")
    add("--keep", type=Path, help="folder for the trained checkpoints")
    add("--json", action="store_true", help="print a JSON list instead of a table")
    declare(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train under every seed, judge, print the table."""
    settings = settings_of(arguments)
    test = read_dataset(arguments.judge_dataset, arguments.judge_root, "test", arguments.judge_fps)
    keep = arguments.keep or Path("runs") / f"seeds-{settings.name}"
    make_out_folder(keep, "--keep")
    rows = [judged([file], test) for file in arguments.checkpoints or ()]
    rows.append(judged(trained(settings, arguments.seeds, keep), test, settings.name))
    if arguments.json:
        print(json.dumps(rows))
        return
    print(f"| flow | {' | '.join(COLUMNS)} |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for row in rows:
        print(f"| {row['name']} | {' | '.join(spread(row[column]) for column in COLUMNS)} |")
    for name in ("frame index alone", "a window exists here"):
        print(f"{name}: {rows[0][name]:.4f} of all frames")


def trained(settings: Settings, seeds: list[int], keep: Path) -> list[Path]:
    """Train the setting under each seed; return the checkpoints."""
    dataset = read_clips(settings.data)
    _, windows = cut(dataset, settings.flow, settings.training, supervised=settings.data.supervised)
    windows = windows.to(device_of(settings.training))
    files = []
    for seed in seeds:
        epochs: list[Epoch] = []
        training = replace(settings.training, seed=seed)
        flow = train(windows, settings.flow, training, epochs.append).cpu()
        print(f"seed {seed}: {len(windows)} windows, loss {epochs[-1].loss:.4f}", flush=True)
        about = About(name=f"{settings.name}, seed {seed}", fps=dataset.fps)
        files.append(keep / f"seed-{seed}.pt")
        save_checkpoint(Checkpoint(settings.flow, flow.state_dict(), about), files[-1])
    return files


def judged(files: list[Path], test: Dataset, name: str | None = None) -> dict[str, Any]:
    """Evaluate checkpoints of one setting; return a row of the table, Any: plain JSON."""
    evaluations = [
        evaluate(test, load_checkpoint_scorer(file), Plan(), Stopwatch()) for file in files
    ]
    row: dict[str, Any] = {"name": name or load_checkpoint(files[0]).about.name}
    for protocol in PROTOCOLS:
        row |= _columns(evaluations, protocol)
    measures = evaluations[0].results["causal"].measures
    row["frame index alone"] = measures.frame_index.all
    row["a window exists here"] = measures.window_exists.all
    return row


def _columns(evaluations: list[Evaluation], protocol: Protocol) -> dict[str, list[float]]:
    measures = [one.results[protocol].measures for one in evaluations]
    return {
        protocol: [one.auroc.all or 0.0 for one in measures],
        f"{protocol}, covered": [one.auroc.covered or 0.0 for one in measures],
        f"{protocol}, macro": [one.auroc_macro.all or 0.0 for one in measures],
    }
