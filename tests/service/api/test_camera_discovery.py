"""`POST /cameras/discover`: what answers, and what the site has of it."""

import pytest
from support.api import KnownKeys, Service

from service.access.principal import Principal


@pytest.fixture
def directory() -> KnownKeys:
    """An admin and an operator."""
    return KnownKeys(
        Principal(name="admin", role="admin"), Principal(name="operator", role="operator")
    )


def test_cameras_that_answer_are_listed_with_those_of_the_site(service: Service) -> None:
    """A camera that the site has already is named."""
    http, path = service.http, "/cameras/discover"
    hall = {"name": "hall", "source": "rtsp://u:p@10.0.0.9/stream"}
    http.post("/cameras", json=hall, headers={"X-API-Key": "admin"})

    answer = http.post(path, headers={"X-API-Key": "admin"})

    assert answer.status_code == 200
    known = {each["address"]: each["camera"] for each in answer.json()}
    assert known["10.0.0.9"] == "hall"
    assert http.post(path, headers={"X-API-Key": "operator"}).status_code == 403


def test_a_machine_without_a_network_says_so(service: Service) -> None:
    """It is no fault of the service."""

    def alone() -> list[object]:
        raise OSError("no interface")

    object.__setattr__(service.dependencies, "discover", alone)

    answer = service.http.post("/cameras/discover", headers={"X-API-Key": "admin"})

    assert (answer.status_code, answer.json()["type"]) == (503, "about:blank#no-network")
