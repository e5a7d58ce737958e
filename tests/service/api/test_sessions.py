import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from support.access import PASSWORD, set_up, signed_in
from support.api import Service, opened
from support.stores import Clock
from support.waiting import PATIENCE_S
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from service.access.credentials import digest_of
from service.access.directory import Directory
from service.access.throttle import FREE_ATTEMPTS
from service.api.auth import COOKIE


@pytest.fixture
def anna(service: Service) -> Iterator[httpx.Client]:
    """The first admin's browser."""
    with set_up(service.http) as client:
        yield client


@pytest.fixture
def browser(service: Service, anna: httpx.Client) -> Iterator[Callable[..., httpx.Client]]:
    """Adds somebody; returns that one's browser, signed in."""
    with ExitStack() as stack:

        def of(name: str, role: str = "operator") -> httpx.Client:
            body = {"name": name, "role": role, "password": PASSWORD}
            assert anna.post("/users", json=body).status_code == 201
            return stack.enter_context(signed_in(service.http, name))

        yield of


def test_a_session_is_a_cookie_that_scripts_cannot_read(service: Service) -> None:
    """Signing in sets it, says who one is, and lets that one act in its own name."""
    with set_up(service.http) as first:
        assert first.get("/session").json()["name"] == "anna"
    answer = service.http.post("/session", json={"name": " Anna ", "password": PASSWORD})
    service.http.cookies.clear()

    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=86400"))
    assert "Secure" not in cookie
    assert answer.json().items() >= {"name": "anna", "role": "admin", "cameras": None}.items()
    assert answer.json()["kind"] == "user"
    assert service.http.get("/alerts").status_code == 401
    found = service.http.get("/session", headers={"Cookie": cookie.partition(";")[0]}).json()
    assert found == answer.json()


def test_acts_bear_their_authors_name(
    service: Service, browser: Callable[..., httpx.Client]
) -> None:
    """What somebody does in a session is recorded in that one's name."""
    service.alerts.put(opened(1), None)
    answer = browser("ben").post("/alerts/alert-1/acknowledge")

    assert answer.json()["act"]["author"] == "ben"


@pytest.mark.parametrize("token", [None, "", "wrong", "ü"])
def test_changes_need_the_token(
    service: Service, browser: Callable[..., httpx.Client], token: str | None
) -> None:
    """A change by the cookie alone, which any page can make a browser send, is refused."""
    service.alerts.put(opened(1), None)
    ben = browser("ben")
    del ben.headers["X-CSRF-Token"]
    headers = {} if token is None else {"X-CSRF-Token": token.encode()}
    answer = ben.post("/alerts/alert-1/acknowledge", headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (403, "about:blank#foreign-page")
    assert ben.get("/alerts").status_code == 200
    assert service.telemetry.value("access_refused_total", reason="page") == 1


def test_another_sites_page_is_refused_even_with_the_token(anna: httpx.Client) -> None:
    """The origin of a change is looked at, too."""
    headers = {"Origin": "https://evil.example"}

    assert anna.post("/snoozes", json={}, headers=headers).status_code == 403
    assert anna.post("/session", json={}, headers=headers).status_code == 403


def test_signing_out_ends_the_session_everywhere(
    service: Service, anna: httpx.Client, browser: Callable[..., httpx.Client]
) -> None:
    """After signing out the cookie opens nothing, though somebody kept it."""
    ben = browser("ben")
    kept = {"Cookie": f"{COOKIE}={ben.cookies[COOKIE]}"}
    answer = ben.delete("/session")

    assert answer.status_code == 204
    assert COOKIE not in ben.cookies
    assert service.http.get("/session", headers=kept).status_code == 401
    assert anna.get("/session").status_code == 200


def test_sessions_end_by_time(
    clock: Clock, browser: Callable[..., httpx.Client], anna: httpx.Client
) -> None:
    """A day after signing in one signs in again, however busy one was."""
    ben = browser("ben")
    ends = ben.get("/session").json()["expires_at"]
    clock.now = ends - 1
    assert ben.get("/alerts").status_code == 200
    clock.now = ends

    assert ben.get("/alerts").status_code == 401
    assert anna.get("/alerts").status_code == 401


def test_sessions_survive_a_restart(service: Service, anna: httpx.Client, clock: Clock) -> None:
    """A new process knows who was signed in."""
    directory = Directory(None, service.dependencies.people, clock=clock)
    directory.refresh()
    identity = directory.by_session(anna.cookies[COOKIE])

    assert identity is not None
    assert identity.principal.name == "anna"


def test_wrong_passwords_and_names_are_answered_alike(anna: httpx.Client, service: Service) -> None:
    """Nobody learns which names there are; what was typed as a name is not recorded."""
    answers = [
        service.http.post("/session", json={"name": name, "password": "not the password"})
        for name in ("anna", "my-secret-password")
    ]

    assert [each.status_code for each in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    refused = anna.get("/audit", params={"action": "session.refused"}).json()["entries"]
    assert [each["author"] for each in refused] == ["unknown", "anna"]
    assert "my-secret" not in anna.get("/audit").text
    assert service.telemetry.value("sign_ins_total", outcome="wrong") == 2


def test_trying_passwords_takes_longer_and_longer(
    service: Service, anna: httpx.Client, clock: Clock
) -> None:
    """After a few wrong ones even the right one waits its time, and says how long."""
    wrong, right = ({"name": "anna", "password": each} for each in ("not this one", PASSWORD))
    for _ in range(FREE_ATTEMPTS):
        assert service.http.post("/session", json=wrong).status_code == 401
    waiting = service.http.post("/session", json=right)
    clock.now += 2.0
    after = service.http.post("/session", json=right)
    service.http.cookies.clear()

    assert (waiting.status_code, after.status_code) == (429, 200)
    assert 1 <= int(waiting.headers["retry-after"]) <= 2
    assert anna.get("/alerts").status_code == 200


def test_a_new_password_ends_all_other_sessions(
    service: Service, browser: Callable[..., httpx.Client]
) -> None:
    """One stays signed in where one changed it; the old one opens nothing."""
    ben = browser("ben")
    with signed_in(service.http, "ben") as elsewhere:
        body = {"old": PASSWORD, "new": "nine blue windows"}
        wrong = ben.put("/session/password", json={**body, "old": "not this one"})
        short = ben.put("/session/password", json={**body, "new": "short"})
        done = ben.put("/session/password", json=body)
        ben.headers["X-CSRF-Token"] = done.json()["csrf_token"]

        assert (wrong.status_code, short.status_code, done.status_code) == (401, 422, 200)
        assert short.json()["pointer"] == "/password"
        assert elsewhere.get("/session").status_code == 401
        assert ben.get("/session").status_code == 200
    old = service.http.post("/session", json={"name": "ben", "password": PASSWORD})
    assert old.status_code == 401


def test_whoever_has_no_session_has_no_password(service: Service) -> None:
    """A site without people says so, instead of failing."""
    body = {"old": PASSWORD, "new": "nine blue windows"}

    assert service.http.put("/session/password", json=body).status_code == 409
    assert service.http.get("/session").json()["kind"] == "anybody"
    assert service.http.delete("/session").status_code == 204


def test_a_database_that_is_away_keeps_nobody_out(service: Service, anna: httpx.Client) -> None:
    """Who is signed in goes on; who is not cannot sign in now, and is told when to try."""
    service.alerts.put(opened(1), None)
    service.alerts.break_database()
    answer = service.http.post("/session", json={"name": "anna", "password": PASSWORD})

    assert anna.get("/cameras").status_code == 200
    assert anna.get("/session").json()["name"] == "anna"
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert service.http.get("/cameras").status_code == 401


async def _read_to_the_end(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def test_a_socket_opens_and_ends_with_the_session(
    service: Service, browser: Callable[..., httpx.Client]
) -> None:
    """The cookie opens a socket from our own page; signing out ends it; it opens none after."""
    ben = await asyncio.to_thread(browser, "ben")
    headers = {"Cookie": f"{COOKIE}={ben.cookies[COOKIE]}", "Origin": service.url}
    path = service.ws + "/ws/alerts"
    async with connect(path, additional_headers=headers) as socket:
        await asyncio.to_thread(service.alerts.put, opened(1), None)
        # Whenever the socket joins: everything that is kept.
        await socket.send(json.dumps({"last_id": "0-0"}))
        message = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
        await asyncio.to_thread(ben.delete, "/session")
        with pytest.raises(ConnectionClosed) as ended:
            await asyncio.wait_for(_read_to_the_end(socket), PATIENCE_S)

    assert message["alert"]["id"] == "alert-1"
    assert (ended.value.rcvd.code, "ended" in ended.value.rcvd.reason) == (1008, True)
    async with connect(path, additional_headers=headers) as socket:
        await socket.send("{}")
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), PATIENCE_S)


def test_no_secret_is_logged_counted_or_recorded(
    service: Service, anna: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Passwords, cookies, tokens and keys stand in no log, metric, audit entry or list."""
    with caplog.at_level(logging.DEBUG):
        made = anna.post("/keys", json={"name": "frigate", "role": "viewer"}).json()
        key = {"X-API-Key": made["key"]}
        service.http.get("/alerts?limit=0", headers=key)
        service.http.post("/session", json={"name": "anna", "password": "not this one"})
        anna.post("/users", json={"name": "ben", "role": "viewer", "password": PASSWORD})
    cookie, token = anna.cookies[COOKIE], anna.headers["X-CSRF-Token"]
    secrets = [PASSWORD, "not this one", made["key"], cookie, token]
    secrets += [digest_of(made["key"]), digest_of(cookie), "argon2"]

    said = [caplog.text, str(vars(service.telemetry))]
    said += [anna.get(path).text for path in ("/audit", "/users", "/keys", "/metrics", "/readyz")]
    assert [secret for secret in secrets if any(secret in each for each in said)] == []
