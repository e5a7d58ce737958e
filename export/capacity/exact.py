"""Simulates one cell frame by frame: every picture, batch, lock and lease is an event.

SimPy runs the processes and their queues. A frame is some twenty events, so this is for a hundred
cameras and a minute; `aggregate` is held to it and carries the rest.
"""

import math
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import simpy
from numpy.typing import NDArray

from export.capacity.outcome import Outcome
from export.capacity.site import (
    BATCH,
    DECIDE_REST_S,
    LEASE_S,
    LOOK_S,
    MAX_AGE_S,
    ROUND_S,
    STREAM_BOUND,
    WINDOW_S,
    WORKER_REST_S,
    Cell,
)

Process: TypeAlias = Generator[simpy.Event, Any, None]  # Any: what an event hands over
# A core changes between threads: long work on pictures holds up the others no longer than this.
SLICE_S = 0.004
PICTURES, SHORT = 1, 0  # priorities at the cores: under `up` camera processes yield to the others


@dataclass(frozen=True, slots=True)
class Entry:
    """Windows of one frame in the stream, captured and added at these times."""

    at: float
    added_s: float
    windows: int
    camera: int


@dataclass(frozen=True, slots=True)
class Death:
    """A machine that dies."""

    machine: int
    at_s: float


def simulate(
    cell: Cell, seconds: float, *, seed: int = 1, death: Death | None = None, settle_s: float = 0.0
) -> Outcome:
    """Simulate a cell; latencies and processor time count from the end of settling."""
    return _Simulation(cell, seconds, np.random.default_rng(seed), death, settle_s).run()


class _Simulation:
    """One run: the queues, and a process of SimPy for each camera, worker and API."""

    def __init__(
        self,
        cell: Cell,
        seconds: float,
        rng: np.random.Generator,
        death: Death | None,
        settle_s: float,
    ) -> None:
        self.cell, self.rng, self.death = cell, rng, death
        self.end_s, self.settle_s = seconds + settle_s, settle_s
        self.env = env = simpy.Environment()
        self.out = Outcome(seconds)
        self.machines = [
            simpy.PriorityResource(env, cell.cores)
            for _ in range(1 if cell.one_machine else cell.machines)
        ]
        self.locks = [simpy.Resource(env) for _ in range(cell.machines)]
        self.redis = simpy.Resource(env)
        self.stream: deque[Entry] = deque()
        self.queued = self.claimed = 0
        self.changed_s = 0.0
        self.inboxes: list[list[Entry]] = [[] for _ in range(cell.apis)]
        self.arrived = env.event()
        self.scored = [env.event() for _ in range(cell.apis)]
        self.machine_of = [camera % cell.machines for camera in range(cell.cameras)]
        self.usual: NDArray[np.float64] = rng.random(cell.cameras) / cell.fps

    def run(self) -> Outcome:
        for camera in range(self.cell.cameras):
            self.env.process(self._camera(camera))
        for _ in range(self.cell.workers):
            self.env.process(self._worker())
        for number in range(self.cell.apis):
            self.env.process(self._decide(number))
        self.env.run(until=self.end_s)
        self.out.counts.waiting = self.queued + self.claimed
        return self.out

    # One camera after another frame: the newest one, if it fell behind.

    def _camera(self, camera: int) -> Process:
        env, period_s, phase_s = self.env, 1 / self.cell.fps, float(self.usual[camera])
        number = -1
        while True:
            newest = math.floor((env.now - phase_s) / period_s + 1e-9)
            if newest <= number:
                yield env.timeout(max(phase_s + (number + 1) * period_s - env.now, 0.0))
                newest = number + 1
            self.out.counts.frames += 1
            self.out.counts.skipped += newest - number - 1 if number >= 0 else 0
            number = newest
            yield from self._frame(camera, phase_s + number * period_s)
            if self._is_dead(self.machine_of[camera]):
                yield from self._taken_over(camera)
                number = math.floor((env.now - phase_s) / period_s + 1e-9)

    def _frame(self, camera: int, at: float) -> Process:
        cell, machine = self.cell, self.machine_of[camera]
        people = round(cell.people) if cell.steady_people else int(self.rng.poisson(cell.people))
        yield from self._work("camera", machine, self._picture_s(people), PICTURES)
        self._seen("pictures", at)
        with self.locks[machine].request() as lock:
            yield lock
            yield from self._work("camera", machine, cell.lock_s)
            with self.redis.request() as turn:
                yield turn
                yield from self._work("redis", None, cell.push_s)
        if self._is_dead(machine):
            return
        self._seen("push", at)
        windows = int(self.rng.binomial(people, 1 / cell.stride))
        if windows and self.env.now > WINDOW_S:
            self._append(Entry(at, self.env.now, windows, camera))

    def _picture_s(self, people: int) -> float:
        """Return the processor time of a picture: part of it grows with the people in it."""
        cell = self.cell
        by_person = cell.costs.person_ms if cell.picture_ms > cell.costs.decode_ms else 0.0
        return max(cell.picture_ms + by_person * (people - cell.people), 0.0) / 1000

    def _append(self, entry: Entry) -> None:
        """Add to the stream; the oldest go where it is full."""
        counts = self.out.counts
        counts.pushed += entry.windows
        self.stream.append(entry)
        self._queue_changes(entry.windows)
        while self.queued > STREAM_BOUND:
            counts.trimmed += self._leaves().windows
        if not self.arrived.triggered:
            self.arrived.succeed()

    def _worker(self) -> Process:
        env, cell = self.env, self.cell
        while True:
            if not self.stream:
                self.arrived = env.event() if self.arrived.triggered else self.arrived
                yield self.arrived
            batch = self._claim()
            windows = sum(each.windows for each in batch)
            if windows:
                with self.redis.request() as turn:
                    yield turn
                    redis_s = cell.redis_batch_s + cell.redis_windows_s(windows)
                    yield from self._work("redis", None, redis_s)
                yield from self._work("worker", None, cell.worker_s(windows))
                self._deliver(batch)
            yield env.timeout(WORKER_REST_S)

    def _claim(self) -> list[Entry]:
        """Take the oldest windows, as many as a batch holds; those that are too old are dropped."""
        taken: list[Entry] = []
        windows = 0
        while self.stream and windows < BATCH:
            entry = self._leaves()
            if self.env.now - entry.at > MAX_AGE_S:
                self.out.counts.stale += entry.windows
                continue
            windows += entry.windows
            taken.append(entry)
        self.claimed += windows
        return taken

    def _leaves(self) -> Entry:
        """Take the oldest entry out of the stream."""
        entry = self.stream.popleft()
        self._queue_changes(-entry.windows)
        self.out.waited_window_s += entry.windows * (self.env.now - entry.added_s)
        return entry

    def _queue_changes(self, by: int) -> None:
        self.out.queued_window_s += self.queued * (self.env.now - self.changed_s)
        self.queued, self.changed_s = self.queued + by, self.env.now

    def _deliver(self, batch: Sequence[Entry]) -> None:
        for entry in batch:
            self.out.counts.scored += entry.windows
            self.claimed -= entry.windows
            self._seen("score", entry.at)
            number = entry.camera % self.cell.apis
            self.inboxes[number].append(entry)
            if not self.scored[number].triggered:
                self.scored[number].succeed()

    def _decide(self, number: int) -> Process:
        env, cell = self.env, self.cell
        while True:
            if not self.inboxes[number]:
                if self.scored[number].triggered:
                    self.scored[number] = env.event()
                yield self.scored[number]
            read, self.inboxes[number] = self.inboxes[number], []
            yield from self._work("api", None, cell.decide_s(sum(each.windows for each in read)))
            for entry in read:
                self._seen("decide", entry.at)
            yield env.timeout(DECIDE_REST_S)

    # A machine dies: leases run out, somebody else looks, builds the networks, opens the stream.

    def _is_dead(self, machine: int) -> bool:
        death = self.death
        return death is not None and machine == death.machine and self.env.now >= death.at_s

    def _taken_over(self, camera: int) -> Process:
        env, cell, death = self.env, self.cell, self.death
        assert death is not None  # noqa: S101 -- narrows the type: its machine is dead
        left_s = LEASE_S - float(self.rng.random()) * ROUND_S + float(self.rng.random()) * LOOK_S
        yield env.timeout(max(death.at_s + left_s - env.now, 0.0))
        others = [each for each in range(cell.machines) if each != death.machine]
        self.machine_of[camera] = machine = others[camera // cell.machines % len(others)]
        yield from self._work("camera", machine, cell.opening.build_ms / 1000, PICTURES)
        opening = cell.opening
        yield env.timeout(opening.connect_s + float(self.rng.random()) * opening.key_frame_s)
        self.out.gaps_s.append(env.now - death.at_s)

    # Processor time: a core of its machine, in slices where the work is long.

    def _work(
        self, process: str, machine: int | None, work_s: float, priority: int = SHORT
    ) -> Process:
        """Use a core for some time; processes on machines of their own always have one."""
        if self.env.now >= self.settle_s:
            self.out.busy_s[process] = self.out.busy_s.get(process, 0.0) + work_s
        if machine is None and not self.cell.one_machine:
            yield self.env.timeout(work_s)
            return
        cores = self.machines[0 if self.cell.one_machine or machine is None else machine]
        slice_s = SLICE_S if self.cell.one_machine else work_s
        while work_s > 1e-12:
            with cores.request(priority) as core:
                yield core
                yield self.env.timeout(min(work_s, slice_s))
            work_s -= slice_s

    def _seen(self, stage: str, at: float) -> None:
        if at >= self.settle_s:
            self.out.latency_s[stage].append(self.env.now - at)
