import pytest
from support.access import PASSWORD
from support.api import Service

FAR = {"X-Forwarded-For": "192.0.2.7"}  # as the machine's own proxy says it
ADMIN = {"name": "anna", "password": PASSWORD}


class TestWithKey:
    """A site with a key of its own, as the containers have it."""

    @pytest.fixture
    def api_key(self) -> str:
        """The site's key."""
        return "correct-horse"

    def test_the_first_admin_comes_from_the_machine_itself(self, service: Service) -> None:
        """Once, without a token; the site's key goes on as an admin's."""
        before = service.http.get("/setup").json()
        made = service.http.post("/setup", json=ADMIN)
        service.http.cookies.clear()
        again = service.http.post("/setup", json={**ADMIN, "name": "ben"})

        assert before == {"needed": True, "token_needed": False}
        assert (made.status_code, made.json()["role"], again.status_code) == (201, "admin", 409)
        assert service.http.get("/setup").json()["needed"] is False
        key = {"X-API-Key": "correct-horse"}
        assert service.http.get("/users", headers=key).status_code == 200
        assert service.http.get("/session", headers=key).json()["name"] == "API key"

    @pytest.mark.parametrize(
        "headers",
        [
            FAR,
            {"X-Forwarded-For": "127.0.0.1"},
            {"Forwarded": "for=127.0.0.1"},
            {"X-Real-IP": "127.0.0.1"},
            {"Host": "cameras.example.org"},
            {"Host": "127.0.0.1.example.org"},
        ],
    )
    def test_from_elsewhere_it_takes_the_token(
        self, service: Service, headers: dict[str, str]
    ) -> None:
        """Whoever comes through a proxy, or by another name, sends the printed token."""
        token = service.dependencies.people.setup_token()
        state = service.http.get("/setup", headers=headers).json()
        without = service.http.post("/setup", json=ADMIN, headers=headers)
        wrong = service.http.post("/setup", json={**ADMIN, "token": "x"}, headers=headers)
        right = service.http.post("/setup", json={**ADMIN, "token": token}, headers=headers)

        assert state == {"needed": True, "token_needed": True}
        assert (without.status_code, wrong.status_code, right.status_code) == (403, 403, 201)
        assert "posewarden users add" in without.json()["detail"]


def test_an_open_site_is_closed_by_its_first_admin(service: Service) -> None:
    """Where anybody was admin, everybody signs in from then on, also after a restart."""
    assert service.http.get("/users").status_code == 200
    service.http.post("/setup", json=ADMIN, headers=FAR).raise_for_status()
    service.http.cookies.clear()

    assert service.http.get("/users").status_code == 401
    assert service.http.get("/healthz").status_code == 200


@pytest.mark.parametrize("password", ["short", "a" * 300, "anna-anna", "aaaaaaaaaaaa", ""])
def test_a_password_that_is_easily_guessed_is_refused(service: Service, password: str) -> None:
    """The rule is said; nothing is made."""
    answer = service.http.post("/setup", json={"name": "anna", "password": password})

    assert (answer.status_code, answer.json()["pointer"]) == (422, "/password")
    assert service.http.get("/setup").json()["needed"] is True
