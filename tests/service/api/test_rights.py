import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute
from support.api import KnownKeys, Service, alert, opened
from support.waiting import PATIENCE_S
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from inference.types import AlertEvent
from service.access.principal import Principal
from service.api.app import create_app
from service.api.guarded_router import guard
from service.api.rights import RIGHTS_OF_ROUTES, is_open
from tracker.types import CameraStatus

GATE = frozenset({"gate"})
PEOPLE = (
    Principal(name="viewer", role="viewer", cameras=GATE),
    Principal(name="operator", role="operator", cameras=GATE),
    Principal(name="yard-viewer", role="viewer", cameras=frozenset({"yard"})),
    Principal(name="all-operator", role="operator"),
    Principal(name="admin", role="admin"),
)


@pytest.fixture
def directory() -> KnownKeys:
    """Five people, each known by the name as key."""
    return KnownKeys(*PEOPLE)


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Yield method and path of everything that the application serves."""
    for route in _all(app.routes):
        if isinstance(route, APIWebSocketRoute):
            yield "WS", route.path
        elif isinstance(route, APIRoute):
            yield from ((method, route.path) for method in sorted(route.methods))
        else:
            yield type(route).__name__, getattr(route, "path", "?")


def _all(found: Any) -> Iterator[Any]:
    for route in found:
        # FastAPI keeps the routes of an included router with that one.
        inner = getattr(route, "original_router", route)
        yield from _all(inner.routes) if hasattr(inner, "routes") else [route]


def test_every_route_has_a_right_and_every_right_a_route(service: Service) -> None:
    """The one table and the application name the same routes."""
    served = list(routes(create_app(service.dependencies)))

    assert len(served) > 20
    assert sorted(set(served)) == sorted(RIGHTS_OF_ROUTES)


def test_every_route_is_guarded(service: Service) -> None:
    """Routes that the application takes as they are bring the questions for right and query."""
    bare = [
        route.path
        for route in _all(create_app(service.dependencies).routes)
        if guard not in {each.call for each in route.dependant.dependencies}
    ]

    assert bare == []


def as_(name: str) -> dict[str, str]:
    """Return the headers by which this one asks."""
    return {"X-API-Key": name}


def test_every_route_asks_for_its_right(service: Service, directory: KnownKeys) -> None:
    """Without a key 401, unless it is open to all; without the right 403; else neither."""
    wrong = []
    for (method, template), right in RIGHTS_OF_ROUTES.items():
        if method == "WS":
            continue
        path = re.sub(r"\{\w+\}", "x", template)
        without = service.http.request(method, path).status_code
        if (without == 401) != (right != "open") or is_open(method, path) != (right == "open"):
            wrong.append((method, path, "nobody", without))
        for name, principal in directory.principals.items():
            status = service.http.request(method, path, headers=as_(name)).status_code
            if (status == 403) == principal.may(right) or status == 401:
                wrong.append((method, path, name, status))

    assert wrong == []


def put(service: Service, number: int, camera: str) -> None:
    """Put an open alert of a camera."""
    shown = msgspec.structs.replace(alert(number), camera=camera, person=f"{camera}/s/1")
    service.alerts.put(AlertEvent(type="opened", alert=shown), None)


@pytest.fixture
def two_cameras(service: Service) -> Service:
    """Alert 1 of the gate, 2 of the yard."""
    for name in ("gate", "yard"):
        status = CameraStatus(name, "live", 24.0, 1000.0, 0, None)
        service.site_status.report(status)
    put(service, 1, "gate")
    put(service, 2, "yard")
    return service


def test_alerts_are_those_of_ones_cameras(two_cameras: Service) -> None:
    """Lists, exports and single alerts hold nothing of a camera that one may not see."""
    http, viewer = two_cameras.http, as_("viewer")

    page = http.get("/alerts", headers=viewer).json()["alerts"]
    assert [each["id"] for each in page] == ["alert-1"]
    lines = http.get("/alerts.jsonl", headers=viewer).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["alert-1"]
    assert "alert-2" not in http.get("/alerts.csv", headers=viewer).text
    for path in ("/alerts/alert-2", "/alerts/alert-2/poses", "/alerts?camera=yard"):
        assert http.get(path, headers=viewer).status_code == 404, path
        assert http.get(path, headers=as_("admin")).status_code in (200, 404), path
    assert http.get("/alerts/alert-1", headers=viewer).status_code == 200
    unseen = http.get("/alerts/alert-2", headers=viewer).json()
    assert unseen == http.get("/alerts/alert-3", headers=viewer).json()


def test_pages_go_on_over_the_cameras_that_one_sees(two_cameras: Service) -> None:
    """Cursors lead through one's own alerts alone, and end with the last of them."""
    for number in range(3, 9):
        put(two_cameras, number, "gate" if number % 2 else "yard")
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"?limit=1&cursor={cursor}" if cursor else "?limit=1"
        page = two_cameras.http.get(f"/alerts{query}", headers=as_("viewer")).json()
        found += [each["id"] for each in page["alerts"]]
        cursor = page["next"]

    assert found == ["alert-7", "alert-5", "alert-3", "alert-1"]


def test_acts_are_for_ones_cameras(two_cameras: Service) -> None:
    """An operator acts on alerts of the cameras on its list; others are unknown to it."""
    operator = as_("operator")

    seen = two_cameras.http.post("/alerts/alert-1/acknowledge", headers=operator)
    unseen = two_cameras.http.post("/alerts/alert-2/acknowledge", headers=operator)

    assert (seen.status_code, unseen.status_code) == (200, 404)
    assert seen.json()["act"]["author"] == "operator"


def test_cameras_are_those_on_the_list(two_cameras: Service) -> None:
    """/cameras and /readyz show a principal its own cameras, strangers none."""
    http = two_cameras.http

    shown = [each["name"] for each in http.get("/cameras", headers=as_("viewer")).json()]
    ready = http.get("/readyz", headers=as_("yard-viewer")).json()["cameras"]
    far = http.get("/readyz", headers={"X-Forwarded-For": "192.0.2.7"}).json()["cameras"]

    assert (shown, list(ready), far) == (["gate"], ["yard"], {})


def test_snoozes_are_those_of_ones_cameras(two_cameras: Service) -> None:
    """Who sees some cameras snoozes these alone, and ends no snooze of all."""
    http, until = two_cameras.http, two_cameras.dependencies.clock() + 60
    body = {"until": until, "reason": "painters"}
    whole = http.post("/snoozes", json=body, headers=as_("admin")).json()
    elsewhere = {**body, "camera": "yard"}
    http.post("/snoozes", json=elsewhere, headers=as_("admin"))

    narrow = as_("operator")
    assert http.post("/snoozes", json=body, headers=narrow).status_code == 403
    assert http.post("/snoozes", json=elsewhere, headers=narrow).status_code == 422
    ours = http.post("/snoozes", json={**body, "camera": "gate"}, headers=narrow)
    assert (ours.status_code, ours.json()["author"]) == (201, "operator")
    shown = http.get("/snoozes", headers=narrow).json()
    assert [each["camera"] for each in shown] == ["gate", None]
    assert http.delete(f"/snoozes/{whole['id']}", headers=narrow).status_code == 403
    assert http.delete(f"/snoozes/{ours.json()['id']}", headers=narrow).status_code == 200


async def inside(service: Service, feed: str) -> None:
    """Wait until the server counts a client."""
    while service.telemetry.value("ws_clients", feed=feed) == 0:  # noqa: ASYNC110 -- other thread
        await asyncio.sleep(0.005)


async def forever(socket: Any) -> None:
    """Read without end."""
    while True:
        await socket.recv()


async def messages(socket: Any, until: str) -> list[Any]:
    """Return what a socket sends, up to the message of this alert."""
    found: list[Any] = []
    while not found or found[-1].get("alert", {}).get("id") != until:
        found.append(json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S)))
    return found


@pytest.mark.parametrize("query", ["", "?last_id=0-0"])
async def test_sockets_tell_of_ones_cameras(two_cameras: Service, query: str) -> None:
    """Neither new events, nor old ones, nor acts come of a camera that one may not see."""
    service = two_cameras
    path = service.ws + "/ws/alerts" + query
    async with connect(path, additional_headers=as_("viewer")) as socket:
        if not query:
            await inside(service, "alerts")
            await socket.send('{"last_id": "2-0"}')
        await asyncio.to_thread(put, service, 3, "yard")
        act = "/alerts/alert-2/acknowledge"
        await asyncio.to_thread(service.http.post, act, headers=as_("admin"))
        await asyncio.to_thread(put, service, 4, "gate")
        found = await messages(socket, "alert-4")

    assert {each["alert"]["camera"] for each in found} == {"gate"}
    assert len(found) == (2 if query else 1)


async def test_the_live_view_is_of_ones_cameras(two_cameras: Service) -> None:
    """The live feed shows the cameras on the list; one that is not on it is unknown."""
    path = two_cameras.ws + "/ws/live"
    async with connect(path, additional_headers=as_("viewer")) as socket:
        message = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
    async with connect(f"{path}?camera=yard", additional_headers=as_("viewer")) as socket:
        with pytest.raises(ConnectionClosed) as ended:
            await asyncio.wait_for(socket.recv(), PATIENCE_S)

    assert [each["name"] for each in message["cameras"]] == ["gate"]
    assert "no camera is called 'yard'" in ended.value.rcvd.reason


@pytest.mark.parametrize("feed", ["alerts", "live"])
async def test_rights_that_end_end_the_socket(
    two_cameras: Service, directory: KnownKeys, feed: str
) -> None:
    """Whoever is removed while a socket is open is shown out, though nothing is sent."""
    path = f"{two_cameras.ws}/ws/{feed}"
    async with connect(path, additional_headers=as_("viewer")) as socket:
        await inside(two_cameras, feed)
        del directory.principals["viewer"]
        with pytest.raises(ConnectionClosed) as ended:
            await asyncio.wait_for(forever(socket), PATIENCE_S)

    assert (ended.value.rcvd.code, "rights have ended" in ended.value.rcvd.reason) == (1008, True)


async def test_rights_that_change_change_what_is_sent(
    two_cameras: Service, directory: KnownKeys
) -> None:
    """A camera that is taken from a list while a socket is open is not told of any more."""
    service = two_cameras
    path = service.ws + "/ws/alerts?last_id=2-0"
    async with connect(path, additional_headers=as_("all-operator")) as socket:
        service.alerts.put(opened(3), None)
        first = await messages(socket, "alert-3")
        directory.principals["all-operator"] = Principal(
            name="all-operator", role="operator", cameras=frozenset({"yard"})
        )
        await asyncio.to_thread(put, service, 4, "gate")
        await asyncio.to_thread(put, service, 5, "yard")
        found = first + await messages(socket, "alert-5")

    assert [each["alert"]["id"] for each in found] == ["alert-3", "alert-5"]


def test_modes_are_changed_by_those_who_see_all_cameras(service: Service) -> None:
    """Others see what is armed of theirs; neither a mode nor the plan is theirs to change."""
    modes = {"away": {}, "gate": {"cameras": ["gate"]}, "home": {"armed": False}}
    put = service.http.put(
        "/arming", json={"time_zone": "UTC", "modes": modes}, headers=as_("admin")
    )
    home = {"mode": "home"}

    assert put.status_code == 200
    for name, names in (("viewer", ["gate"]), ("yard-viewer", [])):
        seen = service.http.get("/arming", headers=as_(name)).json()
        assert seen["modes"]["gate"]["cameras"] == names
    asked = {
        name: service.http.put("/arming/mode", json=home, headers=as_(name)).status_code
        for name in ("viewer", "operator", "all-operator")
    }
    assert asked == {"viewer": 403, "operator": 403, "all-operator": 200}
