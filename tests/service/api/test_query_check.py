import pytest
from support.api import Service, opened
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tracker.types import CameraStatus

pytestmark = pytest.mark.slow


def test_odd_queries_are_refused_by_name(service: Service) -> None:
    """What is mistyped or given twice is not answered as if it were not there."""
    service.site_status.report(CameraStatus("attic", "live", 9.0, 1.0, 0, None))
    service.alerts.put(opened(1), None)
    asked = {
        "/alerts?sinse=1000": (422, "sinse"),
        "/alerts?since=1000&since=2000": (422, "since"),
        "/alerts?since=2000&until=1000": (422, "until"),
        "/alerts?since=1795852800000": (422, "since"),
        "/alerts?until=noon": (422, "until"),
        "/alerts?camera=nowhere": (404, "camera"),
        "/alerts?camera=gate&camera=nowhere": (404, "camera"),
        "/alerts/alert-1?explain=1": (422, "explain"),
        "/cameras?name=gate": (422, "name"),
        "/cameras?api_key=secret-secret": (422, "api_key"),
    }
    answers = {path: service.http.get(path) for path in asked}

    assert {
        path: (each.status_code, each.json()["pointer"]) for path, each in answers.items()
    } == asked
    assert all("secret" not in each.text for each in answers.values())
    scored = service.http.post("/score?explian=true", content=b"{}")
    assert (scored.status_code, scored.json()["pointer"]) == (422, "explian")
    for path in (
        "/alerts?camera=gate&camera=attic",
        "/alerts?camera=gate&since=1970-01-01T00:00:00Z&until=2026-11-28T09:00:00%2B01:00",
        "/?utm_source=mail",
        "/healthz?t=1",
        "/metrics?x=1",
    ):
        assert service.http.get(path).status_code == 200, path


async def test_a_socket_with_an_odd_query_is_closed_with_the_name(service: Service) -> None:
    """A mistyped last_id would lose the alerts in between, a mistyped camera show nothing."""
    for path, name in (
        ("alerts?last-id=1-0", "last-id"),
        ("alerts?last_id=1-0&last_id=2-0", "last_id"),
        ("live?camera=gate&camera=nowhere", "nowhere"),
    ):
        async with connect(f"{service.ws}/ws/{path}") as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        assert name in closed.value.rcvd.reason
