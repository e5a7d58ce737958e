"""No route shows or changes anything of a camera that one may not see."""

import re
from collections.abc import Iterator

import httpx
import msgspec
import pytest
from support.api import THRESHOLD, KnownKeys, MemoryParts, Service, Serving, SpeedFlow, alert
from support.waiting import PATIENCE_S

from inference.types import AlertEvent
from service.access.principal import Principal
from service.api.rights import RIGHTS_OF_ROUTES
from tracker.types import CameraStatus

HIDDEN = "secret-yard"
GATE = frozenset({"gate"})
# An admin sees every camera; lists are for the others. Rights are not what is asked about here.
NARROW = Principal(name="narrow", role="operator", cameras=GATE)
WIDE = Principal(name="wide", role="admin")
BODIES: dict[str, object] = {
    "/alerts/{alert_id}/verdict": {"verdict": "true"},
    "/alerts/{alert_id}/notes": {"text": "seen"},
    "/cameras/{name}/armed": {"armed": False},
}
QUERIES = {"/cameras/{name}/preview": {"polygon": "0,0;1,0;1,1", "kind": "ignore"}}
# What is not a camera's: others' tests are about these.
NOT_OF_CAMERAS = ("/users", "/keys", "/outputs", "/links", "/page", "/snoozes/")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A site of two cameras, each with an open alert and a system event."""
    parts = MemoryParts(
        tmp_path_factory.mktemp("site"),
        directory=KnownKeys(NARROW, WIDE),
        flow=SpeedFlow(),
        cameras={"gate": THRESHOLD, HIDDEN: THRESHOLD},
    )
    with Serving(parts.dependencies) as url, httpx.Client(base_url=url, timeout=PATIENCE_S) as http:
        served = parts.service(url, http)
        for number, name in enumerate(("gate", HIDDEN), 1):
            served.site_status.report(CameraStatus(name, "live", 24.0, 1000.0, 0, None))
            shown = msgspec.structs.replace(alert(number), camera=name, person=f"{name}/s/1")
            served.alerts.put(AlertEvent(type="opened", alert=shown), None)
            parts.dependencies.system_events.raise_("drift", f"{name} drifts", camera=name)
        body = {"until": served.dependencies.clock() + 60, "reason": "painters", "camera": HIDDEN}
        http.post("/snoozes", json=body, headers={"X-API-Key": "wide"}).raise_for_status()
        yield served
    parts.close()


def own(path: str, of: str, alert_id: str) -> str:
    """Return a route's path for a camera and its alert."""
    return path.replace("{name}", of).replace("{alert_id}", alert_id)


def test_lists_hold_nothing_of_it(service: Service) -> None:
    """Whatever can be read without naming a camera shows it to who may see it alone."""
    shown, wrong = [], []
    for (method, path), right in RIGHTS_OF_ROUTES.items():
        if method != "GET" or "{" in path or path.startswith(("/docs", "/schemas", "/openapi")):
            continue
        narrow = service.http.get(path, headers={"X-API-Key": "narrow"})
        wide = service.http.get(path, headers={"X-API-Key": "wide"})
        shown += [path] if HIDDEN in wide.text else []
        wrong += [path] if HIDDEN in narrow.text else []
        assert (narrow.status_code == 403) != NARROW.may(right), path

    assert wrong == []
    assert {"/cameras", "/alerts", "/alerts.csv", "/snoozes", "/readyz"} <= set(shown)


def test_what_names_it_is_not_found(service: Service) -> None:
    """Asked for by name or by its alert, it is as unknown as one that does not exist."""
    wrong = []
    asked = 0
    for (method, path), right in RIGHTS_OF_ROUTES.items():
        about_camera = "{name}" in path or "{alert_id}" in path
        if not about_camera or path.startswith(NOT_OF_CAMERAS) or not NARROW.may(right):
            continue
        asked += 1
        given = {"json": BODIES.get(path, {})} if method not in ("GET", "DELETE") else {}
        answers = [
            service.http.request(
                method,
                own(path, *names),
                headers={"X-API-Key": "narrow"},
                params=QUERIES.get(path),
                **given,
            )
            for names in ((HIDDEN, "alert-2"), ("nowhere", "alert-9"))
        ]
        texts = [re.sub(f"{HIDDEN}|nowhere|alert-[29]", "…", each.text) for each in answers]
        if [each.status_code for each in answers] != [404, 404] or texts[0] != texts[1]:
            wrong.append((method, path, [each.text for each in answers]))

    assert wrong == []
    assert asked > 8


def test_what_names_ones_own_is_found(service: Service) -> None:
    """The same requests about a camera on the list are not refused for being unknown."""
    found = {
        path: service.http.get(
            own(path, "gate", "alert-1"),
            headers={"X-API-Key": "narrow"},
            params=QUERIES.get(path),
        )
        for method, path in RIGHTS_OF_ROUTES
        if method == "GET"
        and ("{name}" in path or "{alert_id}" in path)
        and not path.startswith(NOT_OF_CAMERAS)
        and NARROW.may(RIGHTS_OF_ROUTES[method, path])
    }
    refused = {path for path, each in found.items() if "no camera is called" in each.text}

    assert refused == set()
    assert found["/alerts/{alert_id}"].status_code == 200


def test_what_holds_for_all_cameras_is_not_changed_by_who_sees_some(service: Service) -> None:
    """Modes and whole-site snoozes would reach cameras that one may not see."""
    headers = {"X-API-Key": "narrow"}
    until = service.dependencies.clock() + 60
    changes = [
        ("PUT", "/arming/mode", {"mode": None}),
        ("POST", "/snoozes", {"until": until, "reason": "painters"}),
    ]
    statuses = [
        service.http.request(method, path, json=body, headers=headers).status_code
        for method, path, body in changes
    ]

    assert statuses == [403, 403]
