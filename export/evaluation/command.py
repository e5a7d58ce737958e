"""`evaluate`: judges a model on a labelled data set and prints its figures."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from export.config.configure import add_flags, configure, make_out_folder
from export.data.datasets import Dataset, DatasetName, read_dataset, resampled_dataset
from export.evaluation.config import DataSettings, EvaluateConfig, ModelSettings
from export.evaluation.run import Evaluation, Progress, Stopwatch, evaluate
from export.evaluation.summary import as_json, as_text, notes
from export.evaluation.window_scorer import WindowScorer, load_checkpoint_scorer, load_onnx_scorer
from tracker.errors import ConfigError

# At a larger ratio of rates people move too fast or too slow for the model: scores are meaningless.
LARGEST_RATE_RATIO = 1.34
OTHER_FLAGS = {"fps": ("--poses-fps",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab evaluate`."""
    add_flags(parser, EvaluateConfig, OTHER_FLAGS)


def run(arguments: argparse.Namespace) -> None:
    """Print how well a model detects; check all settings before scoring begins."""
    configuration = configure(EvaluateConfig, arguments)
    _check(configuration)
    stopwatch = Stopwatch()
    evaluation = evaluated(configuration, stopwatch)
    for note in notes(evaluation):
        print(f"note: {note}", file=sys.stderr)
    if configuration.output.report is not None:
        # Imported on demand: the plotting library takes a second to load.
        from export.evaluation.report import write_report

        with stopwatch.stage("report"), _bar("drawing", "clips") as progress:
            file = write_report(evaluation, configuration.output.report, progress)
        print(f"wrote {file}", file=sys.stderr)
    if configuration.output.json:
        print(json.dumps(as_json(evaluation, stopwatch.seconds)))
    else:
        print(as_text(evaluation))


def evaluated(configuration: EvaluateConfig, stopwatch: Stopwatch) -> Evaluation:
    """Read the model and the data set and evaluate.

    Raises:
        ModelMismatch: the file is not a model.
        ConfigError: a setting is wrong, or the data set's rate is too far from the model's.
        BadPoses: files of the data set are not usable; the text lists them.
    """
    with stopwatch.stage("model"):
        scorer = _scorer_loader(configuration.model)()
    with stopwatch.stage("read"):
        dataset = _dataset(configuration.data, scorer)
    plan = configuration.measuring.plan(configuration.model.threads)
    with _bar("scoring", "windows") as progress:
        return evaluate(dataset, scorer, plan, stopwatch, progress)


def _check(configuration: EvaluateConfig) -> None:
    """Check that inputs exist and the report can be written, before the long work begins."""
    _dataset_folder(configuration.data)
    _scorer_loader(configuration.model)
    if configuration.output.report is not None:
        make_out_folder(configuration.output.report, "--report")


def _dataset_folder(data: DataSettings) -> tuple[DatasetName, Path]:
    if data.dataset is None or data.root is None:
        raise ConfigError("give the data set: --dataset NAME and its folder, --root DIR")
    if not data.root.is_dir():
        raise ConfigError(f"--root {data.root} is no folder")
    return data.dataset, data.root


def _scorer_loader(model: ModelSettings) -> Callable[[], WindowScorer]:
    """Return a function that loads the model.

    Raises:
        ConfigError: not exactly one model is given, or --weighting is given with a model file.
    """
    checkpoint, onnx = model.checkpoint, model.onnx
    if (checkpoint is None) == (onnx is None):
        raise ConfigError("give one model: --checkpoint FILE or --onnx FILE")
    if checkpoint is not None:
        return lambda: load_checkpoint_scorer(checkpoint, model.device, model.weighting)
    if onnx is None or model.weighting != "none":
        raise ConfigError(f"{onnx} has its own weighting; give --weighting with a checkpoint")
    return lambda: load_onnx_scorer(onnx, model.device)


def _dataset(data: DataSettings, scorer: WindowScorer) -> Dataset:
    name, root = _dataset_folder(data)
    dataset = read_dataset(name, root, "test", data.fps, otherwise=scorer.fps)
    for note in dataset.notes:
        print(f"note: {note}", file=sys.stderr)
    if data.resample:
        return resampled_dataset(dataset, scorer.fps)
    ratio = dataset.fps / scorer.fps
    if not 1 / LARGEST_RATE_RATIO <= ratio <= LARGEST_RATE_RATIO:
        raise ConfigError(
            f"{scorer.name} takes poses at {scorer.fps:g} fps, those of {dataset.name} come at "
            f"{dataset.fps:g}: people would seem too slow or too fast; add --resample, or "
            "give the right rate with --fps"
        )
    return dataset


@contextmanager
def _bar(what: str, unit: str) -> Iterator[Progress]:
    """Show a progress bar on stderr if it is a terminal."""
    silent = not sys.stderr.isatty()
    with tqdm(desc=what, unit=f" {unit}", unit_scale=True, leave=False, disable=silent) as bar:

        def advance(done: int, of: int) -> None:
            bar.total = of
            bar.update(done)

        yield advance
