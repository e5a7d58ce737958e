"""What happens when a machine, a shard or a zone dies: who is unwatched, and what is lost."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from export.capacity.aggregate import scored_per_s, steady
from export.capacity.backlog import Flow, through_stream
from export.capacity.site import (
    CLAIM_IDLE_S,
    LEASE_S,
    LOOK_S,
    ROUND_S,
    WINDOW_S,
    Cell,
    Estate,
)

STEP_S = 0.05
WATCHED_S = 60.0  # of the time after a death
BEGUN_S = 5.0  # how long before it the series begin
# Assumed: a replica is promoted after its master has been silent for the cluster's usual 5 s.
PROMOTED_S = 6.0
LEAST_FREE = 0.1  # of a machine's cores: building networks competes with frames for them


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """A death, and what followed.

    Attributes:
        unwatched: cameras that had no process for some time.
        gaps_s: how long each of them, float64 (unwatched,).
        frames_lost: that those cameras sent meanwhile.
        looked_at: share of frames that is looked at afterwards, until the dead are replaced.
        flow: of the windows of one cell that is hit.
        decided_late_s: how much later than usual alerts are decided at worst.
    """

    name: str
    unwatched: int
    gaps_s: NDArray[np.float64]
    frames_lost: float
    looked_at: float
    flow: Flow
    cells_hit: int
    decided_late_s: float


def storms(estate: Estate, *, seed: int = 1) -> Iterator[Storm]:
    """Yield the deaths of one machine, one shard, and a zone with all that is in it."""
    rng = np.random.default_rng(seed)
    yield machine_dies(estate.cell, 1, "a machine", 1, rng)
    yield shard_dies(estate.cell, rng)
    dead = math.ceil(estate.cell.machines / estate.zones)
    yield zone_dies(estate, dead, rng)


def machine_dies(cell: Cell, dead: int, name: str, cells: int, rng: np.random.Generator) -> Storm:
    """Let so many machines of each of these cells die at once."""
    if dead >= cell.machines:
        return _nobody_left(cell, name, cells)
    survivors = replace(cell, machines=cell.machines - dead)
    after = steady(survivors)
    gaps = np.concatenate([_gaps_s(cell, dead, after.loads["pictures"], rng) for _ in range(cells)])
    # The windows of a camera begin again once it was watched for the length of one.
    back = np.sort(gaps[: len(gaps) // cells] + WINDOW_S)
    times = np.arange(-BEGUN_S, WATCHED_S, STEP_S)
    moved = len(back)
    missing = np.where(times < 0, 0.0, moved - np.searchsorted(back, times, side="right"))
    windows = cell.frames_per_s * cell.windows_per_frame
    rate = np.where(times < 0, 1.0, after.looked_at)
    arriving = windows * rate * (1 - missing / cell.cameras)
    serving = np.full_like(times, scored_per_s(cell))
    return Storm(
        name=name,
        unwatched=len(gaps),
        gaps_s=gaps,
        frames_lost=float(gaps.sum() * cell.fps),
        looked_at=after.looked_at,
        flow=through_stream(arriving, serving, STEP_S),
        cells_hit=cells,
        decided_late_s=0.0,
    )


def _nobody_left(cell: Cell, name: str, cells: int) -> Storm:
    """Return the death of all machines of a cell: nothing is watched until they are replaced."""
    idle = np.zeros(1)
    return Storm(
        name=name,
        unwatched=cell.cameras * cells,
        gaps_s=np.full(cell.cameras * cells, math.inf),
        frames_lost=math.inf,
        looked_at=0.0,
        flow=through_stream(idle, idle, STEP_S),
        cells_hit=cells,
        decided_late_s=math.inf,
    )


def _gaps_s(
    cell: Cell, dead: int, load_after: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return how long each camera of the dead is unwatched.

    Its lease runs out, somebody looks, builds the networks on cores that others use, too, one
    camera after the other, and opens the stream.
    """
    moved = round(cell.cameras * dead / cell.machines)
    renewed = rng.random(dead) * ROUND_S  # a process renews all its leases at once
    free_s = LEASE_S - renewed[np.arange(moved) % dead] + rng.random(moved) * LOOK_S
    cores = cell.cores * max(1 - load_after, LEAST_FREE)
    build_s = cell.opening.build_ms / 1000
    built: NDArray[np.float64] = np.zeros(moved)
    for machine in range(cell.machines - dead):
        own = np.arange(machine, moved, cell.machines - dead)
        own = own[np.argsort(free_s[own])]
        done_s = 0.0
        for camera in own:
            done_s = max(done_s, free_s[camera]) + build_s / cores
            built[camera] = max(done_s, free_s[camera] + build_s)
    opening = cell.opening
    return built + opening.connect_s + rng.random(moved) * opening.key_frame_s


def shard_dies(cell: Cell, rng: np.random.Generator) -> Storm:
    """Let a Redis server die whose replica takes over: cameras drop what they cannot hand on."""
    times = np.arange(-BEGUN_S, WATCHED_S, STEP_S)
    there = np.where((times >= 0) & (times < PROMOTED_S), 0.0, 1.0)
    windows = cell.frames_per_s * cell.windows_per_frame
    # What workers hold and cannot give back is claimed once more.
    serves = np.where((times >= 0) & (times < PROMOTED_S + CLAIM_IDLE_S), 0.0, 1.0)
    # Cameras notice each by its own next frame.
    gaps = PROMOTED_S + rng.random(cell.cameras) / cell.fps
    return Storm(
        name="a shard",
        unwatched=cell.cameras,
        gaps_s=gaps,
        frames_lost=float(gaps.sum() * cell.fps),
        looked_at=steady(cell).looked_at,
        flow=through_stream(windows * there, scored_per_s(cell) * serves, STEP_S),
        cells_hit=1,
        decided_late_s=PROMOTED_S + CLAIM_IDLE_S,
    )


def zone_dies(estate: Estate, dead: int, rng: np.random.Generator) -> Storm:
    """Let a zone die: of each cell a share of machines, workers and APIs, of some the Redis."""
    cell = estate.cell
    storm = machine_dies(cell, dead, "a zone", estate.cells, rng)
    if not storm.looked_at:
        return storm
    left = max(cell.workers - math.ceil(cell.workers / estate.zones), 1)
    survivors = replace(
        cell,
        workers=left,
        machines=cell.machines - dead,
        apis=max(cell.apis - math.ceil(cell.apis / estate.zones), 1),
    )
    times = np.arange(-BEGUN_S, WATCHED_S, STEP_S)
    windows = cell.frames_per_s * cell.windows_per_frame
    back = np.sort(storm.gaps_s[: len(storm.gaps_s) // estate.cells] + WINDOW_S)
    missing = np.where(times < 0, 0.0, len(back) - np.searchsorted(back, times, side="right"))
    # A cell whose master died, the worst one.
    there = np.where((times >= 0) & (times < PROMOTED_S), 0.0, 1.0)
    serves = np.where((times >= 0) & (times < PROMOTED_S + CLAIM_IDLE_S), 0.0, 1.0)
    arriving = windows * storm.looked_at * (1 - missing / cell.cameras) * there
    serving = scored_per_s(survivors) * serves
    decided = steady(survivors).loads["deciding"]
    late_s = LEASE_S + ROUND_S
    return replace(
        storm,
        flow=through_stream(arriving, serving, STEP_S),
        decided_late_s=max(
            late_s + (late_s * decided / (1 - decided) if decided < 1 else math.inf),
            PROMOTED_S + CLAIM_IDLE_S,
        ),
    )
