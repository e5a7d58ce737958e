import csv
import io
import json

import msgspec
from support.api import Service, alert, opened

from inference.types import AlertEvent


def test_json_lines_hold_every_alert(service: Service) -> None:
    """More than a page of them, newest first, each as `GET /alerts` shows it."""
    for number in range(7):
        service.alerts.put(opened(number), None)

    answer = service.http.get("/alerts.jsonl")

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert lines == service.http.get("/alerts").json()["alerts"]
    assert len(lines) == 7


def test_csv_narrows_like_the_page(service: Service) -> None:
    """The same parameters count; times can be read by people and programs."""
    for number in range(4):
        service.alerts.put(opened(number), None)

    answer = service.http.get("/alerts.csv?since=1002")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == ["alert-3", "alert-2"]
    assert rows[0]["opened_at"] == "1970-01-01T00:16:43.000+00:00"
    assert (rows[0]["kind"], rows[0]["verdict"], rows[0]["notes"]) == ("movement", "", "0")
    assert "attachment" in answer.headers["content-disposition"]


def test_a_cell_is_no_formula(service: Service) -> None:
    """Text that a spreadsheet would run is quoted; numbers stay numbers."""
    hostile = msgspec.structs.replace(alert(1), reason='=HYPERLINK("http://x")', peak_score=-2.5)
    service.alerts.put(AlertEvent(type="opened", alert=hostile), None)

    (row,) = csv.DictReader(io.StringIO(service.http.get("/alerts.csv").text))

    assert row["reason"] == '\'=HYPERLINK("http://x")'
    assert row["peak_score"] == "-2.5"


def test_zones_are_a_column_and_a_filter(service: Service) -> None:
    """Several in one cell; an alert that was in any of those asked for is there."""
    for number, zones in enumerate([("door", "till"), ("=till",), ()]):
        put = msgspec.structs.replace(alert(number), zones=zones)
        service.alerts.put(AlertEvent(type="opened", alert=put), None)

    everything = csv.DictReader(io.StringIO(service.http.get("/alerts.csv").text))
    asked = service.http.get("/alerts.jsonl", params={"zone": ["door", "=till"]})

    assert [row["zones"] for row in everything] == ["", "'=till", "door; till"]
    assert [json.loads(line)["zones"] for line in asked.text.splitlines()] == [
        ["=till"],
        ["door", "till"],
    ]


def test_an_export_without_alerts_is_empty(service: Service) -> None:
    """CSV has its head, JSON lines nothing."""
    assert service.http.get("/alerts.jsonl?camera=gate").text == ""
    assert service.http.get("/alerts.csv?camera=gate").text.startswith("id,camera,kind")


def test_a_database_that_is_away_is_said_before_the_first_line(service: Service) -> None:
    """503 as problem+json, not half a file."""
    service.alerts.put(opened(1), None)
    service.alerts.break_database()

    for path in ("/alerts.csv", "/alerts.jsonl", "/alerts?kind=fall"):
        answer = service.http.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "archive" in answer.json()["detail"]


def test_alerts_go_on_without_the_archive(service: Service) -> None:
    """Plain pages and single alerts come from Redis; the service says so and stays ready."""
    service.alerts.put(opened(1), None)
    service.alerts.break_database()

    page = service.http.get("/alerts?camera=gate&limit=5").json()
    ready = service.http.get("/readyz").json()

    assert [one["id"] for one in page["alerts"]] == ["alert-1"]
    assert service.http.get("/alerts/alert-1").json()["id"] == "alert-1"
    assert ready["archive"]["available"] is False
    assert "archive" in ready["archive"]["reason"]
    assert not any("archive" in reason for reason in ready["reasons"])
