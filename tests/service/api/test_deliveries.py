"""Where alerts went, over REST."""

import pytest
from support.api import Service, opened

from service.outputs.records import DeliveryRecord

pytestmark = pytest.mark.slow


def record(key: str, at: float, output: str = "desk", alert: str = "alert-1") -> DeliveryRecord:
    """A delivery that succeeded."""
    return DeliveryRecord(
        output=output,
        key=key,
        alert=alert,
        event="opened",
        state="delivered",
        attempts=2,
        at=at,
        delivered_at=at + 1,
        answer="204 No Content",
    )


def test_an_alert_says_where_it_went(service: Service) -> None:
    """Each message with its attempts, the time and the answer; an unknown alert is 404."""
    service.alerts.put(opened(1), None)
    service.dependencies.outputs.deliveries.put([record("a", 5.0), record("b", 4.0, "phone")])

    found = service.http.get("/alerts/alert-1/deliveries").json()
    unknown = service.http.get("/alerts/nobody/deliveries")

    assert [(each["output"], each["state"], each["attempts"]) for each in found] == [
        ("phone", "delivered", 2),
        ("desk", "delivered", 2),
    ]
    assert unknown.status_code == 404


def test_all_deliveries_come_in_pages(service: Service) -> None:
    """Filtered by output and state, the newest first."""
    service.dependencies.outputs.deliveries.put([record(f"a{n}", float(n)) for n in range(3)])
    service.dependencies.outputs.deliveries.put([record("p", 9.0, "phone")])

    first = service.http.get("/deliveries", params={"output": "desk", "limit": 2}).json()
    cursor = {"output": "desk", "limit": 2, "cursor": first["next"]}
    second = service.http.get("/deliveries", params=cursor).json()
    wrong = service.http.get("/deliveries", params={"cursor": "%%%"})

    assert [each["key"] for each in (*first["deliveries"], *second["deliveries"])] == [
        "a2",
        "a1",
        "a0",
    ]
    assert second["next"] is None
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "cursor")
