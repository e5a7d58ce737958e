"""The figures of deliveries, of made-up messages; the service itself is measured by hand."""

from typing import Any

from export.bench.site.deliveries import Request, latency_rows, outage_row, summary_row
from export.bench.site.service import Received


def told(name: str, at: float) -> Received:
    """The witness heard of an alert."""
    alert = {"id": name, "version": 1, "opened_at": at}
    event = {"type": "opened", "id": f"{round(1000 * at) + 100}-0", "alert": alert}
    return Received(at + 0.2, event)


def came(name: str, at: float, version: int = 1, event: str = "opened") -> Request:
    """A webhook got it."""
    key = f"{name}-{version}"
    alert = {"id": name, "version": version}
    body: dict[str, Any] = {"event": event, "key": key, "alert": alert, "summary": None}
    return Request(at, body, key)


def test_times_run_from_capture_and_from_the_alert() -> None:
    """Half a second after the capture is 400 ms after the alert was written."""
    rows = list(latency_rows([told("a", 10.0)], [came("a", 10.5), came("other", 11.0)]))

    assert [(row["alerts"], row["p50_ms"]) for row in rows] == [(1, 500), (1, 400)]


def test_what_is_lost_doubled_or_out_of_order_is_counted() -> None:
    """By the keys of the alerts that the witness heard of."""
    opened = [told(name, 10.0) for name in "abc"]
    requests = [
        came("a", 11.0, version=2, event="closed"),
        came("a", 12.0),
        came("b", 13.0),
        came("b", 14.0),
    ]
    row = outage_row(opened, requests)

    assert (row["alerts"], row["lost"], row["doubled"], row["out_of_order"]) == (3, 1, 1, 1)


def test_summaries_and_single_messages_are_told_apart() -> None:
    """One summary of two alerts, and one alert by itself."""
    summary = Request(11.0, {"event": "summary", "summary": {"count": 2}, "alert": None}, "s")
    row = summary_row([told("a", 10.0), told("b", 10.0)], [summary, came("c", 12.0)])

    assert (row["summaries"], row["alerts_in_them"], row["single_messages"]) == (1, 2, 1)
