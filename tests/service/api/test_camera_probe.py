"""`POST /cameras/probe`: a source is looked at before it becomes a camera."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.api import KnownKeys, Service
from support.waiting import PATIENCE_S

from service.access.principal import Principal
from service.api.camera_probe import AT_ONCE
from service.api.shapes.probe import ProbedSource, ProbeReport

ADMIN, OPERATOR = {"X-API-Key": "admin"}, {"X-API-Key": "operator"}


@pytest.fixture
def directory() -> KnownKeys:
    """An admin and an operator."""
    return KnownKeys(
        Principal(name="admin", role="admin"), Principal(name="operator", role="operator")
    )


def test_a_source_is_probed_by_admins(service: Service) -> None:
    """Its answer has no password; a camera of the site is probed by its stored address."""
    http, path = service.http, "/cameras/probe"
    given = http.post(path, json={"source": "rtsp://u:sesame@10.0.0.9/"}, headers=ADMIN)
    stored = http.post(path, json={"camera": "gate", "transport": "udp"}, headers=ADMIN)

    assert (given.status_code, stored.status_code) == (200, 200)
    assert given.json()["source"]["address"] == "rtsp://***@10.0.0.9/"
    assert "***" in stored.json()["source"]["address"]
    assert http.post(path, json={"camera": "gate"}, headers=OPERATOR).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, ""),
        ({"source": "sim:", "camera": "gate"}, 422, ""),
        ({"source": "/etc/passwd"}, 422, "/source"),
        ({"source": "http://169.254.169.254/"}, 422, "/source"),
        ({"source": "rtsp://"}, 422, "/source"),
        ({"camera": "dock"}, 404, None),
        ({"source": "sim:", "transport": "tcp"}, 422, "/transport"),
    ],
)
def test_what_cannot_be_a_camera_is_not_probed(
    service: Service, body: dict[str, str], status: int, pointer: str | None
) -> None:
    """The problem names the element."""
    answer = service.http.post("/cameras/probe", json=body, headers=ADMIN)

    assert (answer.status_code, answer.json().get("pointer")) == (status, pointer)


def test_few_are_probed_at_once(service: Service) -> None:
    """One more is asked to come again; the others are not kept waiting for it."""
    release, begun = threading.Event(), threading.Semaphore(0)

    def slow(source: str, _transport: str) -> ProbeReport:
        begun.release()
        assert release.wait(PATIENCE_S)
        return ProbeReport(source=ProbedSource(source, "stream", "open"))

    object.__setattr__(service.dependencies, "probe_source", slow)

    def ask() -> int:
        answer = service.http.post("/cameras/probe", json={"source": "sim:"}, headers=ADMIN)
        return answer.status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(ask) for _ in range(AT_ONCE)]
        for _ in range(AT_ONCE):
            assert begun.acquire(timeout=PATIENCE_S)
        refused = ask()
        release.set()
        statuses = [each.result() for each in waiting]

    assert (statuses, refused) == ([200] * AT_ONCE, 503)
    assert ask() == 200
