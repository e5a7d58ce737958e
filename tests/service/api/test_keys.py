import time
from collections.abc import Iterator

import httpx
import pytest
from support.access import set_up
from support.api import Service, opened
from support.stores import Clock


@pytest.fixture
def anna(service: Service) -> Iterator[httpx.Client]:
    """The first admin's browser."""
    with set_up(service.http) as client:
        yield client


def test_a_key_is_shown_once_and_acts_in_its_own_name(service: Service, anna: httpx.Client) -> None:
    """What it may do is its own; the list shows who made it, and not what it opens."""
    service.alerts.put(opened(1), None)
    made = anna.post("/keys", json={"name": "frigate", "role": "operator", "cameras": ["gate"]})
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    act = service.http.post("/alerts/alert-1/acknowledge", headers=key).json()["act"]
    (listed,) = anna.get("/keys").json()

    assert (made.status_code, act["author"]) == (201, "frigate")
    assert listed["created_by"] == "anna"
    assert made.json()["key"] not in str(listed)
    assert service.http.get("/users", headers=key).status_code == 403
    assert service.http.get("/metrics", headers=key).status_code == 403
    assert service.http.get("/session", headers=key).json()["kind"] == "key"


def test_a_key_ends_by_its_date_or_at_once(
    service: Service, anna: httpx.Client, clock: Clock
) -> None:
    """After its end date it opens nothing and is listed as expired; a revoked one is gone."""
    ends = time.time() + 3600
    keys = [
        anna.post("/keys", json={"name": name, "role": "viewer", "expires_at": ends}).json()
        for name in ("one", "two")
    ]
    headers = [{"X-API-Key": each["key"]} for each in keys]
    assert anna.delete(f"/keys/{keys[0]['id']}").status_code == 204
    status = [service.http.get("/alerts", headers=each).status_code for each in headers]
    clock.now = ends
    late = service.http.get("/alerts", headers=headers[1]).status_code

    assert (status, late) == ([401, 200], 401)
    assert [each["name"] for each in anna.get("/keys").json()] == ["two"]
    assert anna.delete("/keys/unknown").status_code == 404


@pytest.mark.parametrize("ends", [1.0, "2001-01-01T00:00:00Z", "soon"])
def test_an_end_that_has_passed_is_refused(anna: httpx.Client, ends: object) -> None:
    """Such a key would open nothing, which nobody wants."""
    answer = anna.post("/keys", json={"name": "one", "role": "viewer", "expires_at": ends})

    assert (answer.status_code, answer.json()["pointer"]) == (422, "/expires_at")


def test_any_key_that_sees_all_may_read_metrics(service: Service, anna: httpx.Client) -> None:
    """Prometheus needs no right to change anything."""
    made = anna.post("/keys", json={"name": "prometheus", "role": "viewer"}).json()
    key = {"X-API-Key": made["key"]}

    assert service.http.get("/metrics", headers=key).status_code == 200
    assert anna.get("/metrics").status_code == 200
