"""Cameras over the API: added, changed, paused and removed by who may."""

import json

import httpx
import pytest
from sqlalchemy import select
from support.api import KnownKeys, Service

from service.access.principal import Principal
from service.adapters.database.tables import audit

SOURCE = "rtsp://warden:open-sesame@10.0.0.7/stream"
SHOWN = "rtsp://***@10.0.0.7/stream"
HALL = {"name": "hall", "source": SOURCE, "stride": 4}


@pytest.fixture
def directory() -> KnownKeys:
    """An admin, an operator of the gate, and a viewer of the hall."""
    return KnownKeys(
        Principal(name="admin", role="admin"),
        Principal(name="hall-admin", role="admin", cameras=frozenset({"hall"})),
        Principal(name="gatekeeper", role="operator", cameras=frozenset({"gate"})),
        Principal(name="viewer", role="viewer", cameras=frozenset({"hall"})),
    )


class Client:
    """Asks in somebody's name."""

    def __init__(self, service: Service, name: str) -> None:
        self._http, self._headers = service.http, {"X-API-Key": name}

    def __call__(self, method: str, path: str, body: object = None) -> httpx.Response:
        content = None if body is None else json.dumps(body).encode()
        answer = self._http.request(method, path, content=content, headers=self._headers)
        assert "sesame" not in answer.text
        return answer


@pytest.fixture
def admin(service: Service) -> Client:
    """May everything."""
    return Client(service, "admin")


def actions(service: Service) -> list[tuple[str, str]]:
    """Who did what, by the audit log."""
    with service.alerts.database.reading() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id)).all()
    assert "sesame" not in str(rows)
    return [(row.author, row.action) for row in rows]


def test_a_camera_is_added_changed_and_removed(service: Service, admin: Client) -> None:
    """Each step is shown at once, addresses without their secrets, and recorded."""
    added = admin("POST", "/cameras", HALL)
    changed = admin("PATCH", "/cameras/hall", {"priority": 3, "source": SHOWN})
    listed = {each["name"]: each for each in admin("GET", "/cameras").json()}
    read = admin("GET", "/cameras/hall")
    removed = admin("DELETE", "/cameras/hall")

    assert (added.status_code, added.json()["version"], added.json()["origin"]) == (201, 1, "api")
    assert added.json()["settings"]["source"] == SHOWN
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.json()["settings"] | {} == added.json()["settings"] | {"priority": 3}
    assert read.json() == changed.json()
    shown = ("origin", "version", "configured_version", "paused", "state")
    assert [listed["hall"][key] for key in shown] == ["api", 0, 2, False, "connecting"]
    assert listed["gate"]["origin"] == "file"
    assert removed.status_code == 204
    assert admin("GET", "/cameras/hall").status_code == 404
    assert [each["name"] for each in admin("GET", "/cameras").json()] == ["gate"]
    done = ["camera.add", "camera.change", "camera.remove"]
    assert actions(service) == [("admin", each) for each in done]


def test_a_name_that_is_none_is_refused_in_words(admin: Client) -> None:
    """Whoever types one reads what a name may have, not a pattern."""
    answer = admin("POST", "/cameras", {**HALL, "name": "Front Door"})

    assert (answer.status_code, answer.json()["pointer"]) == (422, "/name")
    assert "small letters from a to z, digits and hyphens" in answer.json()["detail"]
    assert "[a-z" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind", "pointer"),
    [
        ("POST", "/cameras", {"name": "hall"}, 422, "wrong-camera", "/source"),
        ("POST", "/cameras", {"name": "gate", "source": "sim:"}, 409, "name-taken", "/name"),
        ("POST", "/cameras", {**HALL, "zoom": 1}, 422, "wrong-camera", "/zoom"),
        ("POST", "/cameras", [1], 422, "wrong-shape", ""),
        ("PATCH", "/cameras/gate", {"source": "sim:"}, 409, "file-camera", "/source"),
        ("PATCH", "/cameras/gate", {"stilles": True}, 422, "wrong-camera", "/stilles"),
        ("PATCH", "/cameras/gate", {"threshold": 1, "expected": 9}, 409, "camera-changed", None),
        ("PATCH", "/cameras/gate", {"expected": True}, 422, "wrong-shape", "/expected"),
        ("PATCH", "/cameras/dock", {"stride": 3}, 404, "no-such-camera", None),
        ("DELETE", "/cameras/gate", None, 409, "file-camera", None),
        ("DELETE", "/cameras/dock", None, 404, "no-such-camera", None),
        ("POST", "/cameras/dock/pause", None, 404, "no-such-camera", None),
    ],
)
def test_what_is_refused_names_its_element(
    service: Service,
    admin: Client,
    method: str,
    path: str,
    body: object,
    status: int,
    kind: str,
    pointer: str | None,
) -> None:
    """And changes and records nothing."""
    answer = admin(method, path, body)

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"about:blank#{kind}")
    assert problem.get("pointer") == pointer
    assert service.dependencies.site_store.version() == 0
    assert actions(service) == []


def test_operators_pause_what_they_see(service: Service, admin: Client) -> None:
    """And are shown no address; other cameras are not there for them."""
    gatekeeper = Client(service, "gatekeeper")
    admin("POST", "/cameras", HALL)

    paused = gatekeeper("POST", "/cameras/gate/pause")
    (row,) = gatekeeper("GET", "/cameras").json()
    again = gatekeeper("POST", "/cameras/gate/resume", {"expected": paused.json()["version"]})

    assert (paused.status_code, row["paused"]) == (200, True)
    assert paused.json()["overridden"] == ["paused"]
    assert "source" not in paused.json()["settings"]
    assert again.json()["settings"]["paused"] is False
    assert gatekeeper("POST", "/cameras/hall/pause").status_code == 404
    assert gatekeeper("GET", "/cameras/hall").status_code == 404
    assert gatekeeper("PATCH", "/cameras/gate", {"threshold": 9}).status_code == 403
    assert gatekeeper("DELETE", "/cameras/gate").status_code == 403


def test_viewers_only_look(service: Service) -> None:
    """An admin of some cameras adds those alone."""
    viewer, hall_admin = Client(service, "viewer"), Client(service, "hall-admin")
    assert hall_admin("POST", "/cameras", {**HALL, "name": "dock"}).status_code == 403
    assert hall_admin("POST", "/cameras", HALL).status_code == 201

    read = viewer("GET", "/cameras/hall")

    assert (read.status_code, "source" in read.json()["settings"]) == (200, False)
    assert viewer("POST", "/cameras/hall/pause").status_code == 403
    assert viewer("POST", "/cameras", HALL).status_code == 403
