"""Zones over the API: drawn, shown, previewed, and where people stood."""

import json
import time
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select
from support.api import KnownKeys, Service, alert
from support.zone_views import Body, view_of

from inference.types import AlertEvent
from service.access.principal import Principal
from service.adapters.database.tables import audit

TILL = {"name": "till", "kind": "zone", "polygon": [[0.1, 0.1], [0.5, 0.1], [0.1, 0.5]]}
BED = {**TILL, "name": "bed", "kind": "ignore"}
CROSSED = [[0, 0], [1, 1], [0, 1], [1, 0]]


@pytest.fixture
def directory() -> KnownKeys:
    """An admin, an operator of the gate, and a viewer of another camera."""
    return KnownKeys(
        Principal(name="admin", role="admin"),
        Principal(name="gatekeeper", role="operator", cameras=frozenset({"gate"})),
        Principal(name="stranger", role="admin", cameras=frozenset({"hall"})),
    )


class Client:
    """Asks in somebody's name."""

    def __init__(self, service: Service, name: str) -> None:
        self._http, self._headers = service.http, {"X-API-Key": name}

    def __call__(
        self, method: str, path: str, body: object = None, **params: str
    ) -> httpx.Response:
        content = None if body is None else json.dumps(body).encode()
        return self._http.request(
            method, path, content=content, headers=self._headers, params=params or None
        )


@pytest.fixture
def admin(service: Service) -> Client:
    """May everything."""
    return Client(service, "admin")


def test_zones_are_drawn_shown_and_taken_back(service: Service, admin: Client) -> None:
    """Each step at once, also at /cameras; recorded with what was before."""
    body = {"zones": [{**TILL, "dwell_s": 60}, BED], "min_height_px": 40}
    drawn = admin("PUT", "/cameras/gate/zones", body)
    shown = Client(service, "gatekeeper")("GET", "/cameras/gate/zones")
    (row,) = admin("GET", "/cameras").json()
    reset = admin("DELETE", "/cameras/gate/zones")

    assert (drawn.status_code, drawn.json()["version"], drawn.json()["min_height_px"]) == (
        200,
        1,
        40,
    )
    assert drawn.json()["zones"] == [
        {**TILL, "only_here": False, "dwell_s": 60},
        {**BED, "only_here": False, "dwell_s": None},
    ]
    assert shown.json() == drawn.json()
    assert (row["zones"], row["min_height_px"]) == (drawn.json()["zones"], 40)
    assert (reset.json()["zones"], reset.json()["min_height_px"]) == ([], None)
    with service.alerts.database.reading() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id)).all()
    assert [(one.author, one.action) for one in rows] == [("admin", "zones.change")] * 2
    assert json.loads(rows[1].details)["before"]["min_height_px"] == 40


def test_drawing_the_same_again_is_no_change(service: Service, admin: Client) -> None:
    """Nothing is recorded twice."""
    for _ in range(2):
        assert admin("PUT", "/cameras/gate/zones", {"zones": [TILL]}).status_code == 200

    with service.alerts.database.reading() as connection:
        assert len(connection.execute(select(audit)).all()) == 1


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, ""),
        ({"zones": {}}, 422, "/zones"),
        ({"zones": [{**TILL, "colour": "red"}]}, 422, "/zones/0"),
        ({"zones": [{**TILL, "kind": "mask"}]}, 422, "/zones/0/kind"),
        ({"zones": [{**TILL, "polygon": [[0, 0], [1, 1]]}]}, 422, "/zones/0/polygon"),
        ({"zones": [{**TILL, "polygon": [[0, 0], [1, 2], [0, 1]]}]}, 422, "/zones/0/polygon/1/1"),
        ({"zones": [BED, {**TILL, "polygon": CROSSED}]}, 422, "/zones/1"),
        ({"zones": [{**BED, "only_here": True}]}, 422, "/zones/0"),
        ({"zones": [{**TILL, "name": "a;b"}]}, 422, "/zones/0"),
        ({"zones": [TILL, TILL]}, 422, "/zones"),
        ({"zones": [{**TILL, "dwell_s": 0}]}, 422, "/zones/0/dwell_s"),
        ({"zones": [], "min_height_px": -1}, 422, "/min_height_px"),
        ({"zones": [TILL] * 17}, 422, "/zones"),
        ({"zones": [], "expected": 7}, 409, None),
    ],
)
def test_what_is_wrong_is_named(
    service: Service, admin: Client, body: dict[str, Any], status: int, pointer: str | None
) -> None:
    """And nothing changes."""
    answer = admin("PUT", "/cameras/gate/zones", body)

    assert (answer.status_code, answer.json().get("pointer")) == (status, pointer)
    assert service.dependencies.site_store.version() == 0


def test_rules_for_stays_need_their_kind(admin: Client) -> None:
    """A rule that raises nothing is refused with the remedy; zones have a route of their own."""
    admin("PATCH", "/cameras/gate", {"kinds": ["fall"]})

    refused = admin("PUT", "/cameras/gate/zones", {"zones": [{**TILL, "dwell_s": 5}]})
    patched = admin("PATCH", "/cameras/gate", {"zones": [TILL]})

    assert (refused.status_code, refused.json()["pointer"]) == (422, "/zones/0/dwell_s")
    assert "PATCH /cameras/gate" in refused.json()["detail"]
    assert (patched.status_code, patched.json()["pointer"]) == (422, "/zones")
    assert "PUT /cameras/gate/zones" in patched.json()["detail"]


def test_zones_of_cameras_that_one_may_not_see_are_not_there(service: Service) -> None:
    """404 for strangers, 403 for who may look and not draw."""
    stranger, gatekeeper = Client(service, "stranger"), Client(service, "gatekeeper")
    polygon = {"polygon": "0,0;1,0;1,1", "kind": "ignore"}

    for path in ("/cameras/gate/zones", "/cameras/gate/traces", "/cameras/nowhere/zones"):
        assert stranger("GET", path).status_code == 404
    assert stranger("GET", "/cameras/gate/preview", **polygon).status_code == 404
    assert stranger("PUT", "/cameras/gate/zones", {"zones": []}).status_code == 404
    assert stranger("DELETE", "/cameras/gate/zones").status_code == 404
    assert gatekeeper("PUT", "/cameras/gate/zones", {"zones": []}).status_code == 403
    assert gatekeeper("GET", "/cameras/gate/traces").status_code == 403
    assert gatekeeper("GET", "/cameras/gate/preview", **polygon).status_code == 200


def test_a_polygon_is_previewed_before_it_is_drawn(service: Service, admin: Client) -> None:
    """Alerts without archived poses are unsure; wrong polygons are named."""
    now = time.time()
    put = msgspec.structs.replace(alert(1), opened_at=now, updated_at=now)
    service.alerts.put(AlertEvent(type="opened", alert=put), None)

    path = "/cameras/gate/preview"
    found = admin("GET", path, polygon="0,0; 1,0;1,1;", kind="zone").json()
    wrong = [
        admin("GET", path, polygon=polygon, kind="ignore")
        for polygon in ("0,0;1,1", "0,0;1,1;0,1;1,0", "0,0;1;1,1", "0,0;nan,1;1,1", "a,b;1,1;0,1")
    ]

    assert found == {"alerts": 1, "removed": 0, "unsure": 1, "ids": [], "complete": True}
    told = [(each.status_code, each.json()["pointer"]) for each in wrong]
    assert told == [(422, "polygon")] * 5
    assert admin("GET", path, polygon="0,0;1,0;1,1", kind="mask").status_code == 422


def test_traces_show_where_people_stood(service: Service, admin: Client) -> None:
    """Places of everybody, and a bounded number of skeletons, as shares of the picture."""
    nothing = admin("GET", "/cameras/gate/traces").json()
    for frame in range(120):
        people = {1: Body(feet=(0.25, 0.5)), 2: Body(feet=(0.75, 0.5), unseen=range(17))}
        service.dependencies.sightings.add(view_of(frame, people))  # type: ignore[attr-defined] # the twin's

    found = admin("GET", "/cameras/gate/traces").json()

    assert nothing == {"since": None, "width_px": 0, "height_px": 0, "points": [], "skeletons": []}
    assert found["points"] == [[0.25, 0.5]] * 120
    assert 30 <= len(found["skeletons"]) <= 50
    x, y, confidence = found["skeletons"][0][15]
    assert (x, y, confidence) == (pytest.approx(0.261, abs=0.002), pytest.approx(0.5), 0.9)
    assert found["since"] == 0.0


def test_snoozes_name_zones_that_there_are(admin: Client) -> None:
    """Of the camera, if they name one, too; ignored zones have no alerts."""
    admin("PUT", "/cameras/gate/zones", {"zones": [TILL, BED]})
    wanted = {"until": time.time() + 600, "reason": "painters"}

    made = admin("POST", "/snoozes", {**wanted, "zone": "till", "camera": "gate"})
    refused = [admin("POST", "/snoozes", {**wanted, "zone": name}) for name in ("bed", "roof")]

    assert (made.status_code, made.json()["zone"]) == (201, "till")
    assert [each.json()["pointer"] for each in refused] == ["/zone", "/zone"]
    assert "there is till" in refused[0].json()["detail"]
