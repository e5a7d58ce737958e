import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import Service, opened
from websockets.asyncio.client import connect

from inference.types import KINDS
from service.operations.snoozes import SnoozingSink


def snooze(service: Service, **body: Any) -> Any:
    """Ask for a snooze of ten minutes; return the answer."""
    wanted = {"until": time.time() + 600, "reason": "painters", **body}
    return service.http.post("/snoozes", json=wanted)


def sink(service: Service) -> SnoozingSink:
    """What the alert loop writes to."""
    return SnoozingSink(
        service.alerts,
        service.alerts,
        service.dependencies.snoozes,
        telemetry=service.telemetry,
        clock=time.time,
    )


def test_a_snooze_tells_what_it_hid(service: Service) -> None:
    """Who made it, why and until when; how many alerts it has kept back; ended, it stays listed."""
    made = snooze(service, camera="gate", kind="movement")
    for number in range(2):
        sink(service).put(opened(number), None)

    (during,) = service.http.get("/snoozes").json()
    ended = service.http.delete(f"/snoozes/{made.json()['id']}")
    (after,) = service.http.get("/snoozes").json()

    assert (made.status_code, made.json()["hidden"], made.json()["active"]) == (201, 0, True)
    assert (during["hidden"], during["active"], during["reason"]) == (2, True, "painters")
    assert (during["camera"], during["kind"], during["author"]) == ("gate", "movement", "anybody")
    assert (ended.status_code, after["active"], after["stopped_by"]) == (200, False, "anybody")
    assert ended.json() == after
    marks = {one["snoozed"] for one in service.http.get("/alerts").json()["alerts"]}
    assert marks == {made.json()["id"]}


async def test_kept_back_alerts_are_sent_only_to_who_asks(service: Service) -> None:
    """`/ws/alerts` leaves them out; with `snoozed=true` they come, marked."""
    sink(service).put(opened(1), None)
    await asyncio.to_thread(snooze, service)
    await asyncio.to_thread(sink(service).put, opened(2), None)
    await asyncio.to_thread(service.alerts.unsnooze, service.alerts.snoozed_open()[0])
    received = {}
    for query in ("", "&snoozed=true"):
        async with connect(service.ws + "/ws/alerts?last_id=0-0" + query) as socket:
            received[query] = [
                json.loads(await asyncio.wait_for(socket.recv(), 60)) for _ in range(2)
            ]

    told = {
        query: [(each["type"], each["alert"]["id"]) for each in messages]
        for query, messages in received.items()
    }
    assert told[""] == [("opened", "alert-1"), ("raised", "alert-2")]
    assert told["&snoozed=true"] == [("opened", "alert-1"), ("opened", "alert-2")]
    assert received["&snoozed=true"][1]["alert"]["snoozed"] is not None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"until": 1.0}, "/until"),
        ({"until": 1e11}, "/until"),
        ({"until": "tomorrow"}, "/until"),
        ({"zone": "roof"}, "/zone"),
        ({"zone": "x" * 65}, "/zone"),
        ({"reason": "a\nb"}, "/reason"),
        ({"camera": "nowhere"}, "/camera"),
        ({"kind": "dance"}, "/kind"),
        ({"place": "door"}, ""),
    ],
)
def test_what_is_wrong_is_named(service: Service, body: dict[str, Any], pointer: str) -> None:
    """422 with the element, and no snooze."""
    answer = snooze(service, **body)

    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
    assert service.http.get("/snoozes").json() == []


def test_a_reason_need_not_be_given(service: Service) -> None:
    """Nobody is made to invent one; none is kept as none."""
    assert snooze(service, reason="  ").json()["reason"] == ""


def test_until_is_also_a_written_time(service: Service) -> None:
    """ISO 8601 as in queries; without an offset it is UTC."""
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)

    answers = [
        snooze(service, until=text)
        for text in (soon.isoformat(), soon.replace(tzinfo=None).isoformat())
    ]

    assert [answer.json()["until"] for answer in answers] == [soon.timestamp()] * 2


def test_a_wrong_choice_is_answered_with_the_right_ones(service: Service) -> None:
    """Who writes another word than the known ones learns them."""
    detail = snooze(service, kind="dance").json()["detail"]

    assert all(kind in detail for kind in KINDS)
    judged = service.http.post("/alerts/a/verdict", json={"verdict": "maybe"}).json()["detail"]
    assert all(verdict in judged for verdict in ("true", "false", "unsure"))


def test_a_snooze_that_is_not_there_cannot_be_ended(service: Service) -> None:
    """404, as a problem."""
    answer = service.http.delete("/snoozes/none")

    assert (answer.status_code, answer.json()["type"]) == (404, "about:blank#no-such-snooze")
