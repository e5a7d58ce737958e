"""The simulated service keeps the real one's bounds and times, and is planned for its demand."""

import pytest

from export.capacity import site
from export.capacity.costs import Costs
from export.capacity.demand import Demand
from export.capacity.site import planned
from inference.options import WorkerOptions
from service.adapters.redis.leases import LEASE_LIFE_S
from service.adapters.redis.window_queue import MAX_AGE_S
from service.adapters.redis.window_store import WINDOWS_BOUND
from service.alerts.loop_dependencies import AlertLoopOptions
from service.cameras.assignment_dependencies import AssignmentOptions
from service.operations.fair_share import ASKED_AT_ONCE
from tracker.errors import ConfigError


def test_the_bounds_are_those_of_the_service() -> None:
    """Whoever changes one of them changes what is simulated."""
    worker, assignment = WorkerOptions(), AssignmentOptions()
    assert site.ASKED_AT_ONCE == ASKED_AT_ONCE

    assert (site.STREAM_BOUND, site.MAX_AGE_S) == (WINDOWS_BOUND, MAX_AGE_S)
    assert (worker.batch, worker.rest_s) == (site.BATCH, site.WORKER_REST_S)
    assert AlertLoopOptions().rest_s == site.DECIDE_REST_S
    assert (
        LEASE_LIFE_S,
        assignment.round_s,
        assignment.look_s,
    ) == (site.LEASE_S, site.ROUND_S, site.LOOK_S)


def test_more_cameras_never_need_fewer_machines() -> None:
    """Nor fewer cells, from one camera to a city."""
    estates = [planned(Demand(cameras=n, fps=10), Costs()) for n in (1, 3, 10, 99, 500, 10_000)]

    machines = [each.cells * each.cell.machines for each in estates]
    assert machines == sorted(machines)
    assert [each.cells for each in estates] == sorted(each.cells for each in estates)
    assert all(each.cameras >= n for each, n in zip(estates, (1, 3, 10, 99, 500), strict=False))


def test_no_cell_is_planned_for_more_than_its_redis_can_do() -> None:
    """At a high rate cells get smaller."""
    costs = Costs()
    for fps in (5.0, 15.0, 30.0):
        cell = planned(Demand(cameras=5000, fps=fps), costs).cell

        assert cell.frames_per_s * costs.redis_ms / 1000 <= 0.5


def test_machines_without_cameras_are_refused() -> None:
    """With the remedy."""
    cell = planned(Demand(cameras=10, fps=10), Costs()).cell

    with pytest.raises(ConfigError, match="--cell-cameras"):
        site.replace(cell, machines=11)
