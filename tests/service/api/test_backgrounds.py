"""A picture behind a camera's skeletons."""

import cv2
import numpy as np
import pytest
from support.api import KnownKeys, Service

from service.access.principal import Principal

PLAN = cv2.imencode(".png", np.full((40, 60, 3), 200, np.uint8))[1].tobytes()
ADMIN, VIEWER = {"X-API-Key": "admin"}, {"X-API-Key": "viewer"}


@pytest.fixture
def directory() -> KnownKeys:
    """An admin, and a viewer of another camera."""
    return KnownKeys(
        Principal(name="admin", role="admin"),
        Principal(name="viewer", role="viewer", cameras=frozenset({"yard"})),
        Principal(name="gate-viewer", role="viewer", cameras=frozenset({"gate"})),
    )


def test_a_floor_plan_is_kept_shown_and_removed(service: Service) -> None:
    """`/cameras` names it by its tag, so that a client asks again only for another one."""
    http, path = service.http, "/cameras/gate/background"
    put = http.put(path, content=PLAN, headers=ADMIN)
    (row,) = http.get("/cameras", headers=ADMIN).json()
    read = http.get(path, headers={"X-API-Key": "gate-viewer"})
    again = http.get(path, headers={**ADMIN, "If-None-Match": read.headers["etag"]})

    assert (put.status_code, put.json()["width_px"], put.json()["height_px"]) == (200, 60, 40)
    assert row["background"] == put.json()["tag"]
    assert (read.status_code, read.headers["content-type"]) == (200, "image/webp")
    assert read.headers["etag"] == f'"{row["background"]}"'
    assert (again.status_code, again.content) == (304, b"")
    assert http.delete(path, headers=ADMIN).status_code == 204
    assert http.get(path, headers=ADMIN).json()["type"] == "about:blank#no-background"
    assert http.get("/cameras", headers=ADMIN).json()[0]["background"] is None


def test_what_is_refused_is_not_kept(service: Service) -> None:
    """No picture, a large one, an unknown camera, and one that is kept from who asks."""
    http, path = service.http, "/cameras/gate/background"

    wrong = http.put(path, content=b"<svg>", headers=ADMIN)
    large = http.put(path, content=PLAN + bytes(2_000_000), headers=ADMIN)
    unknown = http.put("/cameras/dock/background", content=PLAN, headers=ADMIN)

    assert (wrong.status_code, wrong.json()["type"]) == (422, "about:blank#wrong-picture")
    assert (large.status_code, unknown.status_code) == (413, 404)
    assert http.put(path, content=PLAN, headers=VIEWER).status_code == 403
    assert http.get(path, headers=VIEWER).status_code == 404
    assert service.dependencies.site_store.version() == 0
