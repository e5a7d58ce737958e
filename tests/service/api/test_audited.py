import json
from typing import Any

from sqlalchemy import select
from support.api import Service, opened

from service.adapters.database.tables import audit


def entries(service: Service) -> list[tuple[str, str, str, Any]]:
    """Return author, origin, action and details of what was recorded."""
    with service.alerts.database.reading() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id)).all()
    return [(row.author, row.origin, row.action, json.loads(row.details)) for row in rows]


def test_acts_are_recorded_once(service: Service) -> None:
    """Who acted on which alert, from where; a repeated request is no second act."""
    service.alerts.put(opened(1), None)
    for _ in range(2):
        headers = {"Idempotency-Key": "one"}
        service.http.post("/alerts/alert-1/acknowledge", headers=headers)
    done = service.http.post("/alerts/alert-1/verdict", json={"verdict": "false"}).json()["act"]

    first, second = entries(service)
    assert first[:3] == ("anybody", "127.0.0.1", "alert.acknowledged")
    after = {"alert": "alert-1", "act": done["id"], "verdict": "false"}
    assert second[2:] == ("alert.verdict", {"before": None, "after": after})


def test_snoozes_are_recorded(service: Service) -> None:
    """Beginning and end of a snooze, with what it was before; an ended one ends no second time."""
    body = {"until": service.dependencies.clock() + 60, "reason": "painters"}
    made = service.http.post("/snoozes", json=body).json()
    for _ in range(2):
        service.http.delete(f"/snoozes/{made['id']}")

    begun, ended = entries(service)
    assert (begun[2], ended[2]) == ("snooze.begin", "snooze.end")
    assert begun[3]["after"]["reason"] == "painters"
    assert ended[3]["before"]["stopped_by"] is None
    assert ended[3]["after"]["stopped_by"] == "anybody"


def test_a_database_that_is_away_stops_nobody(service: Service) -> None:
    """Acts go on while the audit log cannot be written to."""
    service.alerts.put(opened(1), None)
    service.alerts.break_database()

    assert service.http.get("/snoozes").status_code == 200
    body = {"until": service.dependencies.clock() + 60, "reason": "painters"}
    assert service.http.post("/snoozes", json=body).status_code == 201


def test_changes_of_arming_are_recorded(service: Service) -> None:
    """The mode, the plan and its removal, each with what was before."""
    service.http.put("/arming/mode", json={"mode": "home"})
    service.http.put("/arming", json={"time_zone": "Asia/Tokyo", "modes": {"home": {}}})
    service.http.delete("/arming")

    mode, plan, restored = entries(service)
    assert [each[2] for each in (mode, plan, restored)] == [
        "arming.mode",
        "arming.plan",
        "arming.restore",
    ]
    assert (mode[3]["before"]["mode"], mode[3]["after"]["mode"]) == ("away", "home")
    assert (plan[3]["before"]["origin"], plan[3]["after"]["time_zone"]) == ("file", "Asia/Tokyo")
    assert restored[3] == {"before": plan[3]["after"], "after": plan[3]["before"]}
