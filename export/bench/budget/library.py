"""Simulated people, scored once: what the alert rules held in each slot of each play.

A camera-month is composed from this library (`export.bench.budget.months`): scoring one takes a
core as long as some hours of it last, composing it a second.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from export.bench.events.camera_side import BEGIN_AT
from export.bench.events.command import shipped_rule
from export.bench.events.live_rule import LiveRule, Sent, decide, score, send
from export.bench.events.record import ClipRecord
from export.bench.events.simulated import simulated_record
from export.ordinary_people import CAMERA_FPS, DAILY_SHARE
from inference.calibration.blocks import BLOCK_S, SLOT_S, SLOTS
from inference.camera_alerts import CameraAlerts
from inference.camera_memory import CameraMemory
from inference.flow_onnx import OnnxFlow
from inference.ports import FlowModel
from inference.types import Kind, Score
from tracker.simulator.crowd import Event
from tracker.simulator.source import Simulation

PLAY_S = BLOCK_S
# Far from the seeds that train, select and judge models.
FIRST_SEED = 50_001
# What may happen: once a minute, so that most slots with people show none of it.
EVENT_KINDS: tuple[Literal["fall", "run", "fight"], ...] = ("fall", "run", "fight")

Held: TypeAlias = dict[Kind, dict[int, float]]


class Play(msgspec.Struct, frozen=True):
    """What a camera's rules held while some people lived before it.

    Attributes:
        seed: of the camera's mounting and the people.
        slots: by kind and number of the slot, `SLOT_S` seconds each, from the play's beginning.
        alerts: that the rule without a budget raised.
        event_slots: slots in which something true went on, and which.
    """

    seed: int
    fps: float
    people: int
    seconds: float
    slots: Held
    alerts: int
    event_slots: dict[int, str] = {}


@dataclass(frozen=True, slots=True)
class Plan:
    """A play to be scored.

    Attributes:
        rate: share of the camera's usual frames.
    """

    seed: int
    rate: float = 1.0
    events: bool = False

    @property
    def people(self) -> int:
        """One to four, by the seed."""
        return 1 + self.seed % 4 if not self.events else 3

    @property
    def name(self) -> str:
        """The file it is kept in."""
        return f"{self.seed}-{self.rate:g}{'-events' if self.events else ''}.json"

    def simulation(self) -> Simulation:
        """Return what is played."""
        fps = CAMERA_FPS[self.seed % len(CAMERA_FPS)] * self.rate
        times = range(30, int(PLAY_S) - 15, 45)
        happening = tuple(
            Event(EVENT_KINDS[place % len(EVENT_KINDS)], float(at))
            for place, at in enumerate(times)
        )
        return Simulation(
            people=self.people,
            fps=fps,
            seed=self.seed,
            daily=DAILY_SHARE,
            events=happening if self.events else (),
        )


def ordinary_plans(number: int, rate: float = 1.0) -> list[Plan]:
    """Return so many plays in which nothing happens."""
    return [Plan(FIRST_SEED + index, rate) for index in range(number)]


def event_plans(number: int) -> list[Plan]:
    """Return so many plays of people who fall, run and fight."""
    return [Plan(FIRST_SEED + 100_000 + index, events=True) for index in range(number)]


class Library:
    """Scored plays in a folder, each in a file.

    Args:
        folder: may be removed at any time; it belongs to one model and one state of the rules.
    """

    def __init__(self, folder: Path, model: Path) -> None:
        self._folder = folder
        self._model = model

    def plays(self, plans: Sequence[Plan], jobs: int) -> list[Play]:
        """Return the plays; those that are missing are scored, by so many processes."""
        missing = [plan for plan in plans if not self._file(plan).is_file()]
        if missing:
            self._folder.mkdir(parents=True, exist_ok=True)
            with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
                scored = pool.map(score_play, missing, [self._model] * len(missing))
                for number, (plan, play) in enumerate(zip(missing, scored, strict=True), start=1):
                    self._write(plan, play)
                    print(f"\r{number} of {len(missing)} plays scored", end="", file=sys.stderr)
            print(file=sys.stderr)
        return [self._read(plan) for plan in plans]

    def _file(self, plan: Plan) -> Path:
        return self._folder / plan.name

    def _write(self, plan: Plan, play: Play) -> None:
        part = self._file(plan).with_suffix(".part")
        part.write_bytes(msgspec.json.encode(play))
        part.replace(self._file(plan))

    def _read(self, plan: Plan) -> Play:
        return msgspec.json.decode(self._file(plan).read_bytes(), type=Play)


def score_play(plan: Plan, model: Path) -> Play:
    """Play it before a camera that has been running for as long before."""
    flow = OnnxFlow(model, provider="cpu")
    simulation = plan.simulation()
    record, episodes = simulated_record(simulation, PLAY_S)
    held, alerts = held_in(record, flow, shipped_rule(flow.card))
    happening: dict[int, str] = {
        slot: episode.kind
        for episode in episodes
        for slot in range(int(episode.start_s / SLOT_S), int((episode.end_s + 5) / SLOT_S) + 1)
    }
    return Play(
        seed=plan.seed,
        fps=simulation.fps,
        people=simulation.people,
        seconds=PLAY_S,
        slots=held,
        alerts=alerts,
        event_slots=happening,
    )


def held_in(record: ClipRecord, flow: FlowModel, rule: LiveRule) -> tuple[Held, int]:
    """Return what the rules held, by slot, and how many alerts they raised."""
    sent = send(record, rule.windows)
    scores = score(sent, flow)
    learnt = rule.camera()
    decide(record, sent, scores, rule, learnt)
    return held_within(record, sent, scores, rule, experienced(learnt, rule))


def held_within(
    record: ClipRecord,
    sent: Sequence[Sent],
    scores: Sequence[Score],
    rule: LiveRule,
    camera: CameraAlerts,
) -> tuple[Held, int]:
    """Return the same of what was sent and scored before, by a camera that may know its usual."""
    seen: dict[int, Held] = {}

    def watch(_at: float, alerts: CameraAlerts) -> None:
        seen[alerts.blocks.number] = alerts.blocks.slots

    played = decide(record, sent, scores, rule, camera, watch)
    found: Held = {}
    first = int(BEGIN_AT / BLOCK_S)
    for number, slots in seen.items():
        for kind, values in slots.items():
            placed = {(number - first) * SLOTS + slot: value for slot, value in values.items()}
            found.setdefault(kind, {}).update(placed)
    return found, len(played.alerts)


def experienced(learnt: CameraAlerts, rule: LiveRule) -> CameraAlerts:
    """Return a camera that knows of usual scores and speeds what another has learned."""
    memory = msgspec.msgpack.decode(learnt.to_bytes(), type=CameraMemory)
    kept = CameraMemory(usual_speed=memory.usual_speed, usual_score=memory.usual_score)
    state = msgspec.msgpack.encode(kept)
    return CameraAlerts.from_bytes(state, rule.threshold, rule.alerts, rule.kinds, rule.ordinary)
