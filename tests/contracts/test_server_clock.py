"""The clock of the store, over every real server, with the rights that the documents give."""

import pytest
from support.archives import alert
from support.stores import Stores

from inference.types import AlertEvent
from service.adapters.redis.server_clock import RedisClock
from service.entry_ids import written_at
from service.ports.deciding import AlertChange


@pytest.mark.slow
def test_ids_of_changes_lie_between_two_looks_at_the_clock(road: Stores) -> None:
    """In a cluster the server is asked that has the stream; ids are whole milliseconds."""
    if road.client is None:
        pytest.skip("the twin in memory has the tests' clock")
    clock = RedisClock(road.client)
    before = clock.now()
    road.alerts().put_all([AlertChange(AlertEvent(type="opened", alert=alert("a", 1000.0)))])
    after = clock.now()

    ((entry_id, _),) = road.alert_log().read("0-0", 0.01)
    assert before - 0.001 <= written_at(entry_id) <= after
