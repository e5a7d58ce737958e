"""A picture to draw zones on, where the camera allows it."""

import pytest
from support.api import KnownKeys, Service

from service.access.principal import Principal
from service.api import stills

ADMIN, OPERATOR = {"X-API-Key": "admin"}, {"X-API-Key": "operator"}


@pytest.fixture
def directory() -> KnownKeys:
    """An admin and an operator."""
    return KnownKeys(
        Principal(name="admin", role="admin"), Principal(name="operator", role="operator")
    )


def add(service: Service, name: str, **settings: object) -> None:
    """Add a camera."""
    body = {"name": name, "source": "rtsp://10.0.0.9/", **settings}
    assert service.http.post("/cameras", json=body, headers=ADMIN).status_code == 201


def test_pictures_are_shown_to_admins_where_the_camera_allows_it(service: Service) -> None:
    """As the camera's process gave them."""
    add(service, "hall", stills=True)
    service.dependencies.stills.put("hall", b"\xff\xd8picture")

    answer = service.http.get("/cameras/hall/still", headers=ADMIN)

    assert (answer.status_code, answer.content) == (200, b"\xff\xd8picture")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert service.http.get("/cameras/hall/still", headers=OPERATOR).status_code == 403


def test_by_default_there_is_none(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody even asks the camera's process; one without a picture is told as such."""
    monkeypatch.setattr(stills, "WITHIN_S", 0.0)
    add(service, "hall")
    add(service, "poses", source="sim:", stills=True)
    add(service, "away", stills=True)

    answers = {
        name: service.http.get(f"/cameras/{name}/still", headers=ADMIN)
        for name in ("hall", "poses", "away", "dock")
    }

    kinds = {name: answer.json()["type"].partition("#")[2] for name, answer in answers.items()}
    assert kinds == {
        "hall": "stills-off",
        "poses": "no-pictures",
        "away": "no-picture",
        "dock": "no-such-camera",
    }
    assert answers["away"].headers["retry-after"]
    assert not service.dependencies.stills.is_wanted("hall")
