import asyncio
import json

import httpx
import pytest
from support.api import Service, opened
from websockets.asyncio.client import connect


def post(service: Service, path: str, body: object = None, **headers: str) -> httpx.Response:
    """Send an act about alert-1."""
    return service.http.post(f"/alerts/alert-1/{path}", json=body, headers=headers)


def test_what_people_did_is_shown_with_the_alert(service: Service) -> None:
    """Acknowledged, judged and noted: who and when, in order, on the page and in the detail."""
    service.alerts.put(opened(1), None)
    answers = [
        post(service, "acknowledge"),
        post(service, "verdict", {"verdict": "false"}),
        post(service, "notes", {"text": "a curtain "}),
    ]

    detail = service.http.get("/alerts/alert-1").json()
    (listed,) = service.http.get("/alerts?text=curt&acknowledged=true&verdict=false").json()[
        "alerts"
    ]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [one["type"] for one in detail["acts"]] == ["acknowledged", "verdict", "note"]
    assert detail["acts"] == [answer.json()["act"] for answer in answers]
    assert {one["author"] for one in detail["acts"]} == {"anybody"}
    assert (listed["verdict"], listed["notes"], listed["acknowledged_by"]) == (
        "false",
        1,
        "anybody",
    )


async def test_acts_are_told_to_every_client_in_order(service: Service) -> None:
    """They come over the WebSocket with the alert and can be resumed after."""
    service.alerts.put(opened(1), None)
    done = post(service, "verdict", {"verdict": True}).json()
    post(service, "notes", {"text": "well done"})
    async with connect(service.ws + "/ws/alerts?last_id=0-0") as socket:
        messages = [json.loads(await asyncio.wait_for(socket.recv(), 30)) for _ in range(3)]
    async with connect(service.ws + f"/ws/alerts?last_id={done['event_id']}") as socket:
        resumed = json.loads(await asyncio.wait_for(socket.recv(), 30))

    assert [message["type"] for message in messages] == ["opened", "verdict", "note"]
    assert "act" not in messages[0]
    assert messages[1]["act"] == done["act"]
    assert messages[1]["act"]["verdict"] == "true"
    assert messages[1]["alert"]["id"] == "alert-1"
    assert resumed == messages[2]


def test_a_request_that_is_repeated_acts_once(service: Service) -> None:
    """The same Idempotency-Key gives the same event; another route or text is another act."""
    service.alerts.put(opened(1), None)
    ids = [
        post(service, "notes", {"text": "once"}, **{"Idempotency-Key": "k1"}).json()["event_id"]
        for _ in range(2)
    ]
    other = post(service, "acknowledge", **{"Idempotency-Key": "k1"}).json()["event_id"]
    post(service, "notes", {"text": "more"}, **{"Idempotency-Key": "k1"})

    assert ids[0] == ids[1] != other
    acts = service.http.get("/alerts/alert-1").json()["acts"]
    assert [act.get("text") for act in acts] == ["once", None, "more"]


@pytest.mark.parametrize(
    ("path", "content", "status", "pointer"),
    [
        ("verdict", b"{}", 422, ""),
        ("verdict", b'{"verdict": "maybe"}', 422, "/verdict"),
        ("verdict", b'{"verdict": "true", "by": "me"}', 422, ""),
        ("verdict", b"{", 400, ""),
        ("verdict", b"\xff", 400, ""),
        ("notes", b'{"text": "  "}', 422, "/text"),
        ("notes", b'{"text": "a\\u0000b"}', 422, "/text"),
        ("notes", b'{"text": "' + b"x" * 2001 + b'"}', 422, "/text"),
        ("notes", b'{"text": "' + b"x" * 20_000 + b'"}', 413, None),
        ("acknowledge", b'{"please": true}', 422, ""),
    ],
)
def test_what_is_wrong_is_named(
    service: Service, path: str, content: bytes, status: int, pointer: str | None
) -> None:
    """A problem with the element, and no act."""
    service.alerts.put(opened(1), None)

    answer = service.http.post(f"/alerts/alert-1/{path}", content=content)

    assert (answer.status_code, answer.json().get("pointer")) == (status, pointer)
    assert answer.headers["content-type"] == "application/problem+json"
    assert service.http.get("/alerts/alert-1").json()["acts"] == []


def test_an_alert_that_is_not_there_cannot_be_judged(service: Service) -> None:
    """404, and no event."""
    assert post(service, "verdict", {"verdict": "true"}).status_code == 404
    assert service.events == []


def test_another_sites_page_cannot_act(service: Service) -> None:
    """A browser tells where a page comes from; other programs tell nothing and may."""
    service.alerts.put(opened(1), None)
    ours = service.url

    assert post(service, "acknowledge", Origin="http://evil.example").status_code == 403
    assert post(service, "acknowledge", Origin=ours).status_code == 200


def test_an_alert_has_so_many_acts(service: Service) -> None:
    """Beyond the bound a client is told; nothing grows without end."""
    service.alerts.put(opened(1), None)
    for number in range(200):
        service.alerts.append(_note(number), service.alerts.get("alert-1")[0])  # type: ignore[index]

    assert post(service, "notes", {"text": "one more"}).status_code == 409


def _note(number: int) -> object:
    from inference.types import Act

    return Act(id=str(number), at=1.0, author="x", type="note", text="x")


class TestWithKey:
    """A site with a key."""

    @pytest.fixture
    def api_key(self) -> str:
        return "correct-horse"

    def test_acts_need_the_key_and_carry_its_name(self, service: Service) -> None:
        """Without it nothing is done."""
        service.alerts.put(opened(1), None)
        refused = post(service, "acknowledge")
        done = post(service, "acknowledge", **{"X-API-Key": "correct-horse"})

        assert (refused.status_code, done.status_code) == (401, 200)
        assert done.json()["act"]["author"] == "API key"
