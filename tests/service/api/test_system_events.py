import pytest
from support.api import Service

from service.system_events import SystemEvents

pytestmark = pytest.mark.slow


def test_what_is_wrong_is_listed(service: Service) -> None:
    """The newest change of each comes, the newest first."""
    events: SystemEvents = service.dependencies.system_events
    events.raise_("no-worker", "nobody scores", remedy="start a worker")
    events.clear("no-worker", "a worker is there")

    (only,) = service.http.get("/system-events").json()

    assert (only["type"], only["state"], only["reason"]) == (
        "no-worker",
        "cleared",
        "a worker is there",
    )
