"""What is simulated: a cell of cameras, its machines, and the rules that the service keeps.

A cell is one Redis server with the cameras whose keys it holds. Cells share nothing but the
network, so that a city is as many cells as its cameras fill.
"""

import math
from dataclasses import dataclass, replace

from export.capacity.costs import Costs
from export.capacity.demand import Demand
from tracker.errors import ConfigError

# The service's own bounds and times; tests hold them to the code.
STREAM_BOUND = 8192
MAX_AGE_S = 15.0
BATCH = 256
WORKER_REST_S = 0.005
DECIDE_REST_S = 0.02
LEASE_S = 4.0
ROUND_S = 1.0
LOOK_S = 0.25
ASKED_AT_ONCE = 512
CLAIM_IDLE_S = 2.0
WINDOW_S = 1.0
LEAST_FPS = 4.0  # below it nobody is scored

# Of the costs of a frame, what a batch costs however small it is: fitted to `bench load` at 8 and
# 64 cameras; at 8 a frame costs twice as much.
WORKER_BATCH_MS = 0.4
REDIS_BATCH_MS = 0.25
DECIDE_BATCH_MS = 0.16
FRAMES_MEASURED_PER_BATCH = 8.0  # at 64 cameras, to which the costs belong
PUSH_SHARE = 0.6  # of Redis' time; the rest is for claims and scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a camera needs before its first frame. Assumed, but for building the networks.

    Attributes:
        build_ms: processor time to build a camera's networks.
        connect_s: shortest time until a stream's first key frame; up to `key_frame_s` longer.
    """

    build_ms: float = 150.0
    connect_s: float = 0.3
    key_frame_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One Redis server, its cameras and the machines around it.

    Attributes:
        machines: that find people in pictures, `cores` processors each, one camera process each.
        workers, apis: processes that score, and that decide.
        steady_people: each frame holds the same number of people; otherwise it varies by chance.
        one_machine: all processes share the cores of one machine, as under `posewarden up`.
    """

    cameras: int
    fps: float
    people: float
    stride: int
    machines: int
    cores: int
    picture_ms: float
    costs: Costs
    crowd: float = 1.0
    workers: int = 1
    apis: int = 1
    steady_people: bool = False
    one_machine: bool = False
    opening: Opening = Opening()

    def __post_init__(self) -> None:
        if self.cameras < self.machines:
            raise ConfigError(
                f"a cell of {self.cameras} cameras cannot fill {self.machines} machines; "
                "take fewer --cores a machine, or more --cell-cameras"
            )

    @property
    def frames_per_s(self) -> float:
        """Frames that its cameras send."""
        return self.cameras * self.fps

    @property
    def windows_per_frame(self) -> float:
        """Windows that become ready with a frame, on average."""
        return self.people / self.stride

    def grown(self, factor: float) -> "Cell":
        """Return the cell with more cameras on the same machines."""
        return replace(self, cameras=max(round(self.cameras * factor), self.machines))

    # Costs in seconds. A part of the measured cost is a batch's, whatever is in it.

    @property
    def lock_s(self) -> float:
        """A frame's time in the camera process behind its one lock."""
        return self.costs.camera_ms * self.crowd / 1000

    @property
    def push_s(self) -> float:
        """Redis' time for the push of one frame."""
        return PUSH_SHARE * self._redis_frame_ms / 1000

    @property
    def redis_batch_s(self) -> float:
        """Redis' time for a batch, however small."""
        return REDIS_BATCH_MS / 1000

    def redis_windows_s(self, windows: float) -> float:
        """Return Redis' time for claims and scores of so many windows."""
        frames = windows / max(self.windows_per_frame, 1e-9)
        return (1 - PUSH_SHARE) * self._redis_frame_ms * frames / 1000

    @property
    def _redis_frame_ms(self) -> float:
        ms = self.costs.redis_ms * self.crowd
        return max(ms - REDIS_BATCH_MS / FRAMES_MEASURED_PER_BATCH, ms / 2)

    def worker_s(self, windows: float) -> float:
        """Return a worker's processor time for a batch of windows."""
        return (
            WORKER_BATCH_MS + self._per_window(self.costs.worker_ms, WORKER_BATCH_MS) * windows
        ) / 1000

    def decide_s(self, windows: float) -> float:
        """Return the time to decide about the scores of so many windows."""
        return (
            DECIDE_BATCH_MS + self._per_window(self.costs.api_ms, DECIDE_BATCH_MS) * windows
        ) / 1000

    def _per_window(self, frame_ms: float, batch_ms: float) -> float:
        ms = frame_ms * self.crowd
        rest = max(ms - batch_ms / FRAMES_MEASURED_PER_BATCH, ms / 2)
        return rest / max(self.windows_per_frame, 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """All cells.

    Attributes:
        cells: how many there are, each like `cell`.
        zones: over which every cell's machines are spread.
    """

    cell: Cell
    cells: int
    zones: int = 3

    @property
    def cameras(self) -> int:
        """Cameras of all cells."""
        return self.cells * self.cell.cameras


def planned(demand: Demand, costs: Costs, cell_cameras: int = 300) -> Estate:
    """Return the cells that serve the demand at its fill, a whole number of each process a cell.

    Args:
        cell_cameras: most of a cell; fewer where Redis would be busier than planned.
    """
    redis_cameras = demand.fill * 1000 / (costs.redis_ms * demand.crowd * demand.fps)
    cells = math.ceil(demand.cameras / max(int(min(cell_cameras, redis_cameras)), 1))
    cameras = math.ceil(demand.cameras / cells)
    frames = cameras * demand.fps / 1000
    per_core = demand.fill * demand.cores
    picture_ms = demand.picture_ms(costs)
    lock_ms = costs.camera_ms * demand.crowd
    machines = max(
        math.ceil(frames * (picture_ms + lock_ms) / per_core),
        math.ceil(frames * lock_ms / demand.fill),  # one process a machine has one lock
        2 if cells > 1 else 1,
    )
    return Estate(
        cells=cells,
        cell=Cell(
            cameras=cameras,
            fps=demand.fps,
            people=demand.people,
            stride=demand.stride,
            machines=min(machines, cameras),
            cores=demand.cores,
            picture_ms=picture_ms,
            costs=costs,
            crowd=demand.crowd,
            workers=max(math.ceil(frames * costs.worker_ms * demand.crowd / demand.fill), 2),
            apis=max(math.ceil(frames * costs.api_ms * demand.crowd / demand.fill), 2),
        ),
    )
