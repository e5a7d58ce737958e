"""Simulates a cell without its single events: samples of frames through queues of known load.

100 000 cameras send 10⁹ frames in a quarter of an hour; their events are not needed one by one. A
frame's way is sampled stage by stage, each wait from the queue's load: of cameras by Lindley's
recursion; of cores, locks and Redis from the backlog that periodic senders with independent phases
leave (the Brownian bridge's tail, which for many senders is M/D/1's); of batches by the part of
their cycle that is left. `posewarden-lab simulate --check` compares it with the exact simulation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.capacity.site import (
    BATCH,
    DECIDE_REST_S,
    MAX_AGE_S,
    STREAM_BOUND,
    WORKER_REST_S,
    Cell,
)

Samples = NDArray[np.float64]
SAMPLES = 4000
CAMERAS, FRAMES = 200, 60  # of Lindley's recursion; the first third of the frames settles
FULL = 0.98  # the highest load of a worker or API that a cycle is computed for


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """A cell in the long run.

    Attributes:
        loads: by station, how busy it is; 1: all the time.
        looked_at: share of the frames that is looked at.
        dropped: share of the windows that is dropped, too many for the workers.
        latency_s: by stage, samples of the time from capture.
    """

    loads: Mapping[str, float]
    looked_at: float
    dropped: float
    latency_s: Mapping[str, Samples]
    windows_per_s: float

    def quantiles_ms(self, stage: str) -> list[float]:
        """Return a stage's p50, p95 and p99."""
        found = np.quantile(self.latency_s[stage], (0.5, 0.95, 0.99))
        return [round(1000 * float(each), 1) for each in found]


def steady(cell: Cell, *, seed: int = 1) -> Steady:
    """Return what the cell does in the long run."""
    rng = np.random.default_rng(seed)
    loads = station_loads(cell)
    rate = min(1.0, *(1 / loads[each] for each in ("pictures", "camera process", "redis")))
    pictures, likely, looked_at = _pictures(cell, loads["pictures"], rng)
    looked_at = min(looked_at, rate)
    push = pictures + _push(cell, loads, rng)
    with_windows = rng.choice(push, SAMPLES, p=likely / likely.sum())
    windows_per_s = cell.frames_per_s * cell.windows_per_frame * looked_at
    capacity = scored_per_s(cell)
    dropped = max(1 - capacity / windows_per_s, 0.0) if windows_per_s else 0.0
    score = with_windows + _score(cell, windows_per_s, capacity, rng)
    decide = score + _decide(cell, windows_per_s * (1 - dropped), rng)
    return Steady(
        loads=loads,
        looked_at=looked_at,
        dropped=dropped,
        latency_s={"pictures": pictures, "push": push, "score": score, "decide": decide},
        windows_per_s=windows_per_s,
    )


def station_loads(cell: Cell) -> dict[str, float]:
    """Return how busy each station is with all frames; above 1: more than it can do."""
    frames, windows = cell.frames_per_s, cell.frames_per_s * cell.windows_per_frame
    batches = _batches_per_s(cell, windows)
    redis_s = frames * cell.push_s + cell.redis_windows_s(windows) + batches * cell.redis_batch_s
    decided_per_api = windows / cell.apis
    decide_s = cell.decide_s(0) * _decisions_per_s(cell, windows)
    decide_s += (cell.decide_s(1) - cell.decide_s(0)) * decided_per_api
    cores_s = frames * (cell.picture_ms / 1000 + cell.lock_s)
    return {
        "pictures": cores_s / (cell.machines * cell.cores),
        "camera process": frames * cell.lock_s / cell.machines,
        "redis": redis_s,
        "workers": windows / scored_per_s(cell),
        "deciding": decide_s,
    }


def scored_per_s(cell: Cell) -> float:
    """Return how many windows a second the workers can score, in full batches."""
    return cell.workers * BATCH / (WORKER_REST_S + _batch_s(cell, BATCH))


def _batch_s(cell: Cell, windows: float) -> float:
    return cell.redis_batch_s + cell.redis_windows_s(windows) + cell.worker_s(windows)


def _batches_per_s(cell: Cell, windows_per_s: float) -> float:
    """Return how many batches the workers take: one an entry, unless those come faster."""
    entries = min(windows_per_s, cell.frames_per_s)
    per_worker = windows_per_s / cell.workers
    cycle_s = _cycle_s(cell, per_worker)
    return min(entries, cell.workers / cycle_s)


def _cycle_s(cell: Cell, windows_per_s: float) -> float:
    """Return how long a busy worker takes from batch to batch."""
    per_window_s = _batch_s(cell, 1) - _batch_s(cell, 0)
    share = min(windows_per_s * per_window_s, FULL)
    return min(
        (WORKER_REST_S + _batch_s(cell, 0)) / (1 - share), WORKER_REST_S + _batch_s(cell, BATCH)
    )


def _decisions_per_s(cell: Cell, windows_per_s: float) -> float:
    batches = _batches_per_s(cell, windows_per_s)
    return min(batches, 1 / (DECIDE_REST_S + cell.decide_s(1)))


def _pictures(cell: Cell, load: float, rng: np.random.Generator) -> tuple[Samples, Samples, float]:
    """Return samples of capture to poses, how likely each has windows, and what is looked at.

    A camera's frames follow each other; whoever falls behind takes the newest frame.
    """
    period_s = 1 / cell.fps
    late_s: Samples = np.zeros(CAMERAS)
    taken, likely = [], []
    sent = 0.0
    for frame in range(FRAMES):
        people = _people(cell, rng)
        done_s = late_s + _picture_s(cell, people) + _core_wait(cell, load, rng)
        through_s = done_s + cell.lock_s
        if frame >= FRAMES // 3:
            taken.append(done_s)
            likely.append(1 - (1 - 1 / cell.stride) ** people)
            sent += float(np.maximum(np.floor(through_s / period_s), 1).sum())
        late_s = np.where(through_s < period_s, 0.0, through_s % period_s)
    chosen = rng.integers(len(taken) * CAMERAS, size=SAMPLES)
    chances = np.concatenate(likely)[chosen] + 1e-9
    return np.concatenate(taken)[chosen], chances, len(taken) * CAMERAS / sent


def _people(cell: Cell, rng: np.random.Generator) -> Samples:
    shape = CAMERAS
    people = np.full(shape, cell.people) if cell.steady_people else rng.poisson(cell.people, shape)
    return people.astype(np.float64)


def _picture_s(cell: Cell, people: Samples) -> Samples:
    by_person = cell.costs.person_ms if cell.picture_ms > cell.costs.decode_ms else 0.0
    work_s: Samples = np.maximum(cell.picture_ms + by_person * (people - cell.people), 0.0) / 1000
    return work_s


def _core_wait(cell: Cell, load: float, rng: np.random.Generator) -> Samples:
    """Return samples of the wait for a core; with too few the cameras take turns."""
    work_s = cell.picture_ms / 1000 + cell.lock_s
    if load >= 1:
        return np.full(CAMERAS, max(load / cell.fps - work_s, 0.0))
    waits = rng.random(CAMERAS) < _erlang(cell.cores, load)
    return waits * _backlog(load, cell.cameras / cell.machines, CAMERAS, rng) * work_s / cell.cores


def _erlang(servers: int, load: float) -> float:
    """Return the chance that all servers are busy (Erlang's C)."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * servers * blocked / (number + load * servers * blocked)
    return blocked / (1 - load * (1 - blocked))


def _backlog(load: float, senders: float, n: int, rng: np.random.Generator) -> Samples:
    """Return samples of how many frames are ahead of one that has to wait.

    P(more than x) = exp(-2x (x / senders + 1 - load)).
    """
    free = 1 - min(load, 1.0)
    drawn = rng.exponential(1.0, n)
    ahead: Samples = (np.sqrt(free**2 + 2 * drawn / senders) - free) * senders / 2
    return ahead


def _push(cell: Cell, loads: Mapping[str, float], rng: np.random.Generator) -> Samples:
    """Return samples of the time behind the process' lock and in Redis."""
    total: Samples = np.zeros(SAMPLES)
    for station, work_s, senders in (
        ("camera process", cell.lock_s, cell.cameras / cell.machines),
        ("redis", cell.push_s, cell.cameras),
    ):
        waits = rng.random(SAMPLES) < loads[station]
        total += work_s + waits * _backlog(loads[station], senders, SAMPLES, rng) * work_s
    return total


def _score(cell: Cell, windows_per_s: float, capacity: float, rng: np.random.Generator) -> Samples:
    """Return samples of the time from the stream to the score."""
    per_worker = windows_per_s / cell.workers
    cycle_s = _cycle_s(cell, per_worker)
    windows = max(per_worker * cycle_s, cell.windows_per_frame)
    entries = min(windows_per_s, cell.frames_per_s) / cell.workers
    busy = min(entries * (WORKER_REST_S + _batch_s(cell, cell.windows_per_frame)), 1.0)
    rests = rng.random((SAMPLES, cell.workers)) < busy
    left_s = np.where(rests, rng.random((SAMPLES, cell.workers)) * cycle_s, 0.0).min(axis=1)
    score: Samples = left_s + _batch_s(cell, windows)
    if windows_per_s > capacity:  # the stream is full, or what waits in it grows too old
        score = score + min(STREAM_BOUND / capacity, MAX_AGE_S)
    return score


def _decide(cell: Cell, windows_per_s: float, rng: np.random.Generator) -> Samples:
    """Return samples of the time from the score to the decision."""
    per_api = windows_per_s / cell.apis
    share = min(per_api * (cell.decide_s(1) - cell.decide_s(0)), FULL)
    cycle_s = (DECIDE_REST_S + cell.decide_s(0)) / (1 - share)
    busy = min(_batches_per_s(cell, windows_per_s) * cycle_s, 1.0)
    left_s = np.where(rng.random(SAMPLES) < busy, rng.random(SAMPLES) * cycle_s, 0.0)
    decide: Samples = left_s + cell.decide_s(max(per_api * cycle_s, cell.windows_per_frame))
    return decide
