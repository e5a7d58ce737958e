"""`bench canary`: how surely the canary's film is found, and that blind networks fail it.

Everything but Redis: pictures, networks, tracking, cues, windows, the flow and the rule for falls.
"""

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from export.bench.events.command import shipped_rule
from export.bench.events.live_rule import LiveRule, Rings, Sent, score
from export.bench.figures import print_figures, processor
from export.bench.model_flag import add_model_flag
from export.bench.vision.video import store_of
from inference.flow_onnx import OnnxFlow
from inference.ports import FlowModel
from tracker.camera.film_judge import Fault
from tracker.camera.film_networks import FilmPath, Networks, NotRun, build_networks, check_weights
from tracker.camera.film_run import FilmRun, Showing, show
from tracker.detection.key_frames import FAINT_SCORE
from tracker.detection.yolox import YoloxBoxes
from tracker.ports import BoxDetector
from tracker.simulator.film.film import Film, Shot
from tracker.types import Float32, Image
from tracker.weights.store import YOLOX_NANO, ModelStore

PATHS: tuple[FilmPath, ...] = ("yolox", "motion", "rtmo", "rtmo-t")
CAMERA = "_canary"
LONGEST_INTERVAL = 3
DECIDED = "found"
_CONVOLUTION = 4  # axes of its weights; what else is kept in the file says how it is built


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of one showing.

    Attributes:
        outcome: found, or the stage that lost the person.
        cpu_s: processor time of film, networks and tracking.
    """

    outcome: str
    cpu_s: float


class Blind(BoxDetector):
    """A detector whose output is zeroed."""

    def __init__(self, detector: BoxDetector) -> None:
        self._detector = detector

    def detect(self, image: Image, at: float) -> Float32:
        return self._detector.detect(image, at) * 0


def damaged(weights: Path, folder: Path) -> Path:
    """Write a copy of an ONNX file whose weights are in disorder; return it."""
    model, rng = onnx.load(weights), np.random.default_rng(0)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor).copy()
        if values.ndim == _CONVOLUTION:
            disorder = rng.permutation(values.ravel()).reshape(values.shape)
            tensor.CopyFrom(numpy_helper.from_array(disorder, tensor.name))
    onnx.save(model, folder / "damaged.onnx")
    return folder / "damaged.onnx"


def black(shots: Iterator[Shot]) -> Iterator[Shot]:
    """Yield the film as a camera behind a closed lid sees it."""
    return (replace(shot, image=np.zeros_like(shot.image)) for shot in shots)


def rehearse(
    networks: Networks,
    flow: FlowModel,
    rule: LiveRule,
    seed: int,
    filter_: Callable[[Iterator[Shot]], Iterator[Shot]] = iter,
) -> Rehearsal:
    """Show the film to networks once, and decide what they made of it."""
    begun_s = time.process_time()
    showing = Showing(camera=CAMERA, windows=rule.windows, pace_s=0.0, run=networks.run)
    run = show(filter_(Film(seed).shots()), networks.estimator, showing, Event())
    cpu_s = time.process_time() - begun_s
    fault = networks.fault()
    return Rehearsal(decided(run, flow, rule) if fault is None else fault.stage, cpu_s)


def decided(run: FilmRun, flow: FlowModel, rule: LiveRule) -> str:
    """Return whether worker and rule find the fall in what the camera would have sent."""
    rings = Rings(rule.windows.frames)
    sent = [Sent(p.view, p.cues, p.samples, tuple(rings.push(p.samples))) for p in run.pushes]
    if not any(each.nll is not None for each in score(sent, flow)):
        return "worker"
    alerts = rule.camera()
    decisions = [each for push in run.pushes for each in alerts.add_cues(push.cues)]
    fell = any(
        each.event.type == "opened" and each.event.alert.kind == "fall" for each in decisions
    )
    return DECIDED if fell else "decide"


def bench(
    paths: Sequence[FilmPath], runs: int, store: ModelStore, flow: FlowModel
) -> dict[str, Any]:  # a JSON report
    """Show the film so often by each way, each time with other noise; then to blind networks."""
    rule = shipped_rule(flow.card)
    figures: dict[str, Any] = {}
    for path in paths:
        missing = check_weights(path, store)
        if isinstance(missing, (NotRun, Fault)):
            figures[path] = f"not run: {missing.reason}"
            continue
        done = [
            rehearse(_opened(path, store, seed), flow, rule, seed) for seed in range(1, runs + 1)
        ]
        figures[path] = _summary(done)
        figures |= _blinded(path, store, flow, rule)
    name, cores = processor()
    return {**figures, "machine": f"{name}, {cores} cores"}


def _opened(path: FilmPath, store: ModelStore, seed: int) -> Networks:
    """Open networks that search every first, second or third frame, as load may have it."""
    return build_networks(path, store, key_frame_interval=lambda: 1 + seed % LONGEST_INTERVAL)


def _blinded(
    path: FilmPath, store: ModelStore, flow: FlowModel, rule: LiveRule
) -> Mapping[str, str]:
    lid = rehearse(_opened(path, store, 1), flow, rule, 1, black)
    found = {f"{path}, black pictures": f"fails at {lid.outcome}"}
    if path == "yolox":
        for what, hurt in _hurts(store):
            hurt_run = rehearse(build_networks(path, store, hurt=hurt), flow, rule, 1)
            found[f"{path}, {what}"] = f"fails at {hurt_run.outcome}"
    return found


def _hurts(store: ModelStore) -> Iterator[tuple[str, Callable[[BoxDetector], BoxDetector]]]:
    """Yield what may befall a detector, each while its files are there."""
    yield "output zeroed", Blind
    with tempfile.TemporaryDirectory() as folder:
        file = damaged(store.pull(YOLOX_NANO.name), Path(folder))
        yield "weights damaged", lambda _detector: YoloxBoxes(file, score_min=FAINT_SCORE)


def _summary(done: Sequence[Rehearsal]) -> str:
    outcomes = Counter(each.outcome for each in done)
    lost = ", ".join(f"{n} lost at {stage}" for stage, n in outcomes.items() if stage != DECIDED)
    cpu_s = statistics.median(each.cpu_s for each in done)
    text = f"found in {outcomes[DECIDED]} of {len(done)} runs, {cpu_s:.1f} CPU s a run"
    return f"{text}; {lost}" if lost else text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab bench canary`."""
    parser.add_argument("--runs", type=int, default=100, help="showings by each way")
    parser.add_argument("--path", choices=PATHS, action="append", help="only this way")
    parser.add_argument("--models", type=Path, action="append", default=[], help="weights folder")
    add_model_flag(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Run the bench and print its figures."""
    flow = OnnxFlow(arguments.onnx)
    figures = bench(arguments.path or PATHS, arguments.runs, store_of(arguments), flow)
    print_figures(figures, as_json=arguments.json)
