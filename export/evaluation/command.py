"""Evaluation of a model on a labelled data set. `posewarden-lab evaluate`."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from export.config.configure import add_flags, configure
from export.config.out_folder import ready
from export.data.datasets import Dataset, DatasetName, read_dataset, resampled_dataset
from export.evaluation.config import Data, EvaluateConfig, Model
from export.evaluation.judge import WindowScorer, load_checkpoint_scorer, load_onnx_scorer
from export.evaluation.run import Evaluation, Progress, Stopwatch, evaluate
from export.evaluation.summary import as_json, as_text, remarks
from tracker.errors import ConfigError

# Beyond this a second of poses is no second to the model, and its scores mean nothing.
LARGEST_RATE_RATIO = 1.34
OTHER_FLAGS = {"fps": ("--poses-fps",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab evaluate`."""
    add_flags(parser, EvaluateConfig, OTHER_FLAGS)


def run(arguments: argparse.Namespace) -> None:
    """Print how well a model does on a data set; all that can be wrong is told before it scores."""
    configuration = configure(EvaluateConfig, arguments)
    _check(configuration)
    watch = Stopwatch()
    evaluation = evaluated(configuration, watch)
    for remark in remarks(evaluation):
        print(f"note: {remark}", file=sys.stderr)
    if configuration.output.report is not None:
        # Curves and plots are asked for by few, and their library takes a second to load.
        from export.evaluation.report import write_report

        with watch.stage("report"), _bar("drawing", "clips") as progress:
            file = write_report(evaluation, configuration.output.report, progress)
        print(f"wrote {file}", file=sys.stderr)
    if configuration.output.json:
        print(json.dumps(as_json(evaluation, watch.seconds)))
    else:
        print(as_text(evaluation))


def evaluated(configuration: EvaluateConfig, watch: Stopwatch) -> Evaluation:
    """Read model and data set and evaluate the one on the other.

    Raises:
        ModelMismatch: the model's file is none.
        ConfigError: a setting is wrong, or the data set's rate is too far from the model's.
        BadPoses: files of the data set are not usable; the text lists them.
    """
    with watch.stage("model"):
        judge = _judge(configuration.model)()
    with watch.stage("read"):
        dataset = _dataset(configuration.data, judge)
    plan = configuration.measuring.plan(configuration.model.threads)
    with _bar("scoring", "windows") as progress:
        return evaluate(dataset, judge, plan, watch, progress)


def _check(configuration: EvaluateConfig) -> None:
    """Refuse what is missing or cannot be written, before anything long begins."""
    _place(configuration.data)
    _judge(configuration.model)
    if configuration.output.report is not None:
        ready(configuration.output.report, "--report")


def _place(data: Data) -> tuple[DatasetName, Path]:
    if data.dataset is None or data.root is None:
        raise ConfigError("give the data set: --dataset NAME and its folder, --root DIR")
    if not data.root.is_dir():
        raise ConfigError(f"--root {data.root} is no folder")
    return data.dataset, data.root


def _judge(model: Model) -> Callable[[], WindowScorer]:
    """Return how to read the model.

    Raises:
        ConfigError: not one is named, or a model file is to be weighted anew.
    """
    checkpoint, onnx = model.checkpoint, model.onnx
    if (checkpoint is None) == (onnx is None):
        raise ConfigError("give one model: --checkpoint FILE or --onnx FILE")
    if checkpoint is not None:
        return lambda: load_checkpoint_scorer(checkpoint, model.device, model.weighting)
    if onnx is None or model.weighting != "none":
        raise ConfigError(f"{onnx} has its own weighting; give --weighting with a checkpoint")
    return lambda: load_onnx_scorer(onnx, model.device)


def _dataset(data: Data, judge: WindowScorer) -> Dataset:
    name, root = _place(data)
    dataset = read_dataset(name, root, "test", data.fps, otherwise=judge.fps)
    for note in dataset.notes:
        print(f"note: {note}", file=sys.stderr)
    if data.resample:
        return resampled_dataset(dataset, judge.fps)
    ratio = dataset.fps / judge.fps
    if not 1 / LARGEST_RATE_RATIO <= ratio <= LARGEST_RATE_RATIO:
        raise ConfigError(
            f"{judge.name} takes poses at {judge.fps:g} fps, those of {dataset.name} come at "
            f"{dataset.fps:g}: people would look slow or hasty; add --resample, or say the right "
            "rate with --fps"
        )
    return dataset


@contextmanager
def _bar(what: str, unit: str) -> Iterator[Progress]:
    """Show progress on a terminal's stderr; elsewhere be silent."""
    silent = not sys.stderr.isatty()
    with tqdm(desc=what, unit=f" {unit}", unit_scale=True, leave=False, disable=silent) as bar:

        def advance(done: int, of: int) -> None:
            bar.total = of
            bar.update(done)

        yield advance
