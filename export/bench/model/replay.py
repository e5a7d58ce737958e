"""`bench replay`: makes alerts of simulated and real people, and decides each once more.

People are scored in batches of changing size, as workers score them; records are made and kept as
the service makes them. Each is then replayed window by window, by the same file opened anew and by
other settings of ONNX Runtime.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np
import onnxruntime

from export.bench.budget.library import EVENT_KINDS
from export.bench.events.command import shipped_rule
from export.bench.events.live_rule import LiveRule, Sent, score, send
from export.bench.events.pose_sets import PoseSet, read_aihub, read_hr_shanghaitech
from export.bench.events.record import ClipRecord
from export.bench.events.simulated import simulated_record
from export.bench.model_flag import add_model_flag
from export.ordinary_people import CAMERA_FPS
from inference.alert_reports import Decision
from inference.flow_onnx import OnnxFlow, Sessions
from inference.replay.journal import JournaledAlerts
from inference.replay.record import DecisionRecord, RecordedWindow, Rules
from inference.replay.recording import record_of
from inference.replay.replay import OTHER_PROVIDER, Ingredients, ReplayResult, replay
from inference.scoring import score_windows
from inference.types import Score
from tracker.errors import ConfigError
from tracker.simulator.crowd import Event
from tracker.simulator.source import Simulation
from tracker.types import Float32, Window
from tracker.weights.onnx_session import CPU, Provider
from tracker.zones.zone import NO_ZONES

# As workers find them: alone, a few, and a crowd's.
BATCHES = (1, 5, 32, 256)
MOST_PLAYS = 400
PLAY_S, EVENT_EVERY_S = 120.0, 7
REAL_A_PLAY = 1
# Far from the seeds that train, select and judge models.
FIRST_SEED = 90_001
Footage: TypeAlias = Iterator[tuple[str, ClipRecord]]
Row: TypeAlias = dict[str, Any]  # Any: JSON


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `posewarden-lab bench replay` understands."""
    add = parser.add_argument
    add("--alerts", type=int, default=1000, help="to make and replay (default: 1000)")
    add_model_flag(parser)
    add("--hr-shanghaitech", type=Path, help="also from this folder of trajectories")
    add("--aihub", type=Path, help="also from this folder of AIHub's poses")
    add("--json", action="store_true", help="one JSON object instead of a table")


def run(arguments: argparse.Namespace) -> None:
    """Print the table.

    Raises:
        ConfigError: the model is not calibrated, or a folder is not laid out like its set.
    """
    if arguments.alerts < 1:
        raise ConfigError(f"--alerts is {arguments.alerts}; replay at least one")
    file = arguments.onnx
    live = OnnxFlow(file, provider="cpu")
    made = list(alerts_of(footage(arguments), live, arguments.alerts))
    rows = [judged(name, flow, made) for name, flow in settings_of(file)]
    if arguments.json:
        print(json.dumps({"scored_by": live.provider, "sources": sources(made), "rows": rows}))
        return
    print("\n".join(table(live, made, rows)))


@dataclass(slots=True, eq=False)
class Made:
    """One alert.

    Attributes:
        source: where the people are from.
        records: of each version, through the bytes that they are kept as.
    """

    source: str
    kind: str
    records: list[DecisionRecord] = field(default_factory=list)


def footage(arguments: argparse.Namespace) -> Footage:
    """Yield clips of real people and simulated ones who fall, run and fight, in turn."""
    sets: list[PoseSet] = []
    if arguments.aihub is not None:
        sets.append(read_aihub(arguments.aihub))
    if arguments.hr_shanghaitech is not None:
        sets.append(read_hr_shanghaitech(arguments.hr_shanghaitech))
    real = iter([(found, clip) for found in sets for clip in found.clips])
    for number in range(MOST_PLAYS):
        yield "simulated", simulated_record(_play(number), PLAY_S)[0]
        for found, clip in islice(real, REAL_A_PLAY):
            yield found.name, found.record(clip)


def _play(number: int) -> Simulation:
    """Return people of whom somebody falls, runs or fights every few seconds."""
    times = range(5, int(PLAY_S) - 10, EVENT_EVERY_S)
    return Simulation(
        people=4,
        fps=CAMERA_FPS[number % len(CAMERA_FPS)],
        seed=FIRST_SEED + number,
        events=tuple(
            Event(EVENT_KINDS[place % len(EVENT_KINDS)], float(at))
            for place, at in enumerate(times)
        ),
    )


def alerts_of(found: Footage, flow: OnnxFlow, wanted: int) -> Iterator[Made]:
    """Yield so many alerts, each with the records of all its versions."""
    rule, number = shipped_rule(flow.card), 0
    for place, (source, record) in enumerate(found):
        sent = send(record, rule.windows)
        scores = score(sent, flow, BATCHES[place % len(BATCHES)])
        for made in _decided(source, sent, scores, rule, flow):
            if number == wanted:
                return
            number += 1
            yield made
        print(f"\r{number} of {wanted} alerts made", end="", file=sys.stderr)
    if number < wanted:
        raise ConfigError(f"the footage gives {number} alerts; ask for no more by --alerts")


def _decided(
    source: str, sent: Sequence[Sent], scores: Sequence[Score], rule: LiveRule, flow: OnnxFlow
) -> list[Made]:
    """Decide a clip as the alert loop does, which saves its state twice a second."""
    recorder = _Recorder(source, scores, sent, flow.provider)
    journal = JournaledAlerts(_rules(rule), None, lambda _kind, _at: True)
    waiting, tick_at = iter(recorder.scores), -np.inf
    for frame in sent:
        recorder.note(journal.add_cues(frame.cues), journal)
        for _ in frame.windows:
            each = next(waiting)
            if journal.alerts.rejection(each) is None:
                recorder.note(journal.accept(each), journal)
        if frame.view.at >= tick_at:
            present = {track.person.number for track in frame.view.tracks}
            recorder.note(journal.expire(frame.view.at, present), journal)
            journal.saved(journal.alerts.to_bytes())
            tick_at = frame.view.at + rule.tick_s
    recorder.note(journal.close_all(None, for_good=True), journal)
    return list(recorder.made.values())


class _Recorder:
    """Makes the records of one clip's alerts."""

    def __init__(
        self, source: str, scores: Sequence[Score], sent: Sequence[Sent], provider: str
    ) -> None:
        self._source = source
        self.made: dict[str, Made] = {}
        self.scores = [replace(each, provider=provider) for each in scores]
        windows = [window for frame in sent for window in frame.windows]
        self._windows = dict(zip((each.window for each in scores), windows, strict=True))

    def note(self, decisions: Sequence[Decision], journal: JournaledAlerts) -> None:
        """Take in what was just decided."""
        for decision in decisions:
            alert = decision.event.alert
            made = self.made.setdefault(alert.id, Made(self._source, alert.kind))
            record = record_of(
                decision,
                journal,
                self._fetch,
                runtime=onnxruntime.__version__,
                software=version("posewarden"),
            )
            kept = msgspec.msgpack.encode(record)
            made.records.append(msgspec.msgpack.decode(kept, type=DecisionRecord))

    def _fetch(self, _camera: str, reference: str) -> Window | None:
        return self._windows.get(reference)


def settings_of(file: Path) -> Iterator[tuple[str, OnnxFlow]]:
    """Yield the model opened in other ways, the first as it was when the alerts were made."""
    yield "the same, opened anew", OnnxFlow(file, provider="cpu")
    plain, otherwise = partial(_opened), partial(_opened, threads=2, optimised=False)
    for name, opened in (
        ("ONNX Runtime, as it opens a model", plain),
        ("ONNX Runtime, 2 threads, graph not optimised", otherwise),
    ):
        yield name, OnnxFlow(file, provider="cpu", compiled=False, open_graph=opened)


def _opened(
    graph: str | bytes, *, wanted: Provider, threads: int = 1, optimised: bool = True
) -> Sessions:
    """Open a graph on the CPU by options of ONNX Runtime's own."""
    del wanted
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return {CPU: onnxruntime.InferenceSession(graph, sess_options=options, providers=[CPU])}


def judged(name: str, flow: OnnxFlow, made: Sequence[Made]) -> Row:
    """Replay every version of every alert; return how many alerts came out how."""
    now = Ingredients(
        model=flow.card.weights_hash,
        provider=flow.provider,
        runtime=onnxruntime.__version__,
        software=version("posewarden"),
    )

    scores: dict[bytes, float | None] = {}

    def scored(joints: Float32) -> float | None:
        scores[joints.tobytes()] = value = score_windows(flow, joints[None])[0][0]
        return value

    results = [[replay(record, scored, now) for record in each.records] for each in made]
    windows = [one for each in made for record in each.records for one in record.windows]
    furthest = max(windows, key=lambda each: _apart(each, scores), default=None)
    return {
        "settings": name,
        "provider": flow.provider,
        "alerts": len(results),
        "versions": sum(map(len, results)),
        "exact": sum(all(one.exact for one in each) for each in results),
        "same_bits": sum(all(_same_bits(one) for one in each) for each in results),
        "holds": sum(all(one.holds for one in each) for each in results),
        "largest": 0.0 if furthest is None else _apart(furthest, scores),
        "largest_at_score": None if furthest is None else furthest.nll,
    }


def _apart(window: RecordedWindow, scores: Mapping[bytes, float | None]) -> float:
    value = scores[window.joints]
    return float("inf") if value is None else abs(value - window.nll)


def _same_bits(result: ReplayResult) -> bool:
    return result.decided and not result.largest_difference


def sources(made: Sequence[Made]) -> Mapping[str, Mapping[str, int]]:
    """Return how many alerts of which kind each source gave."""
    found: dict[str, Counter[str]] = {}
    for each in made:
        found.setdefault(each.source, Counter())[each.kind] += 1
    return found


def table(live: OnnxFlow, made: Sequence[Made], rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table."""
    windows = sum(len(record.windows) for each in made for record in each.records)
    yield f"alerts: {len(made)}, scored by {live.provider}; windows in their records: {windows}"
    for source, kinds in sources(made).items():
        counted = ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items()))
        yield f"{source}: {sum(kinds.values())} ({counted})"
    yield ""
    yield (
        "| replayed by | provider | versions | bit for bit | same decision, scores within "
        f"{OTHER_PROVIDER:g} | largest difference, at a score of |"
    )
    yield "|---|---|---|---|---|---|"
    for row in rows:
        yield (
            f"| {row['settings']} | {row['provider']} | {row['versions']} "
            f"| {row['same_bits']} of {row['alerts']} | {row['holds']} of {row['alerts']} "
            f"| {row['largest']:.2g}, {row['largest_at_score']:.1f} |"
        )


def _rules(rule: LiveRule) -> Rules:
    return Rules(
        threshold=rule.threshold,
        options=rule.alerts,
        kinds=rule.kinds,
        ordinary=rule.ordinary,
        zones=NO_ZONES,
        thresholds={},
        snapshot=0,
    )
