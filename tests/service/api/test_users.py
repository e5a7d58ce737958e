from collections.abc import Iterator

import httpx
import pytest
from support.access import PASSWORD, set_up, signed_in
from support.api import Service, opened

BEN = {"name": "ben", "role": "viewer", "password": PASSWORD, "cameras": ["gate"]}


@pytest.fixture
def anna(service: Service) -> Iterator[httpx.Client]:
    """The first admin's browser."""
    with set_up(service.http) as client:
        yield client


def test_people_are_added_changed_and_removed(service: Service, anna: httpx.Client) -> None:
    """Each change holds at once, in sessions that are open, too."""
    added = anna.post("/users", json=BEN)
    assert added.status_code == 201
    assert added.json().items() >= {"name": "ben", "role": "viewer", "cameras": ["gate"]}.items()
    service.alerts.put(opened(1), None)
    with signed_in(service.http, "ben") as ben:
        assert ben.post("/alerts/alert-1/acknowledge").status_code == 403
        anna.patch("/users/ben", json={"role": "operator"}).raise_for_status()
        assert ben.post("/alerts/alert-1/acknowledge").status_code == 200
        assert anna.get("/users").json()[1]["sessions"] == 1
        anna.patch("/users/ben", json={"cameras": ["yard"]}).raise_for_status()
        assert ben.get("/alerts/alert-1").status_code == 404
        assert anna.patch("/users/ben", json={"cameras": None}).json()["cameras"] is None
        assert ben.get("/alerts/alert-1").status_code == 200
        anna.patch("/users/ben", json={"password": "nine blue windows"}).raise_for_status()
        assert ben.get("/alerts").status_code == 401
    with signed_in(service.http, "ben", "nine blue windows") as ben:
        assert anna.delete("/users/ben").status_code == 204
        assert ben.get("/alerts").status_code == 401
    assert [each["name"] for each in anna.get("/users").json()] == ["anna"]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({**BEN, "name": "anna"}, 409, "/name"),
        ({**BEN, "name": "be/n"}, 422, "/name"),
        ({**BEN, "role": "king"}, 422, "/role"),
        ({**BEN, "cameras": []}, 422, "/cameras"),
        ({**BEN, "role": "admin"}, 422, "/cameras"),
        ({**BEN, "password": "short"}, 422, "/password"),
        ({**BEN, "more": 1}, 422, ""),
    ],
)
def test_what_is_wrong_is_named(
    anna: httpx.Client, body: dict[str, object], status: int, pointer: str
) -> None:
    """The problem points at the element; nobody is added."""
    answer = anna.post("/users", json=body)

    assert (answer.status_code, answer.json()["pointer"]) == (status, pointer)
    assert len(anna.get("/users").json()) == 1


def test_somebody_remains_who_may_let_people_in(anna: httpx.Client) -> None:
    """The last admin is neither removed nor made less."""
    removed = anna.delete("/users/anna")
    lessened = anna.patch("/users/anna", json={"role": "operator"})

    assert (removed.status_code, lessened.status_code) == (409, 409)
    assert "last admin" in removed.json()["detail"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_nobody_is_404(anna: httpx.Client, method: str) -> None:
    """A name that nobody has is not found."""
    assert anna.request(method, "/users/carl", json={}).status_code == 404
