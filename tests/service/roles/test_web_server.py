import asyncio
import json
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from support.access import PASSWORD
from support.api import MemoryParts, SpeedFlow
from support.certificates import self_signed, trusting
from support.waiting import PATIENCE_S, eventually
from websockets.asyncio.client import connect

from service.api.app import create_app
from service.config.load import load
from service.config.settings import Settings
from service.lifecycle import listen
from service.roles import web_server
from service.roles.certificate import CertificateWatch
from service.roles.web_server import build_server, start_certificate_watch
from tracker.errors import ConfigError


@contextmanager
def serving(settings: Settings, folder: Path) -> Iterator[tuple[uvicorn.Server, int]]:
    """Serve the API as its role does, its certificate watched; give the server and its port."""
    parts = MemoryParts(folder, directory=None, flow=SpeedFlow())
    stop = threading.Event()
    server = build_server(settings, create_app(parts.dependencies), stop)
    start_certificate_watch(server, settings, stop)
    with listen(settings.host, 0) as bound:
        port = bound.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.005)
            yield server, port
        finally:
            stop.set()
            server.should_exit = True
            thread.join()
    parts.close()


def test_a_certificate_makes_it_https(tmp_path: Path) -> None:
    """Requests, sockets and the session's cookie go by TLS; plain HTTP is not answered."""
    pem, key = self_signed(tmp_path)
    settings = load(None, {"tls": {"certificate": pem, "key": key}})
    with serving(settings, tmp_path / "data") as (_, port):
        url = f"https://127.0.0.1:{port}"
        with httpx.Client(base_url=url, verify=trusting(pem), timeout=PATIENCE_S) as http:
            answer = http.post("/setup", json={"name": "anna", "password": PASSWORD})
            cookie = answer.headers["set-cookie"]
        message = asyncio.run(_first_message(port, pem, cookie.partition(";")[0]))
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE_S)

    assert answer.status_code == 201
    assert "Secure" in cookie
    assert message["cameras"][0]["name"] == "gate"


async def _first_message(port: int, pem: Path, cookie: str) -> dict[str, list[dict[str, object]]]:
    path = f"wss://127.0.0.1:{port}/ws/live"
    async with connect(path, ssl=trusting(pem), additional_headers={"Cookie": cookie}) as socket:
        return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))


def test_a_renewed_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    """New files in the place of the old ones count; half of them, or broken ones, do not."""
    pem, key = self_signed(tmp_path)
    (tmp_path / "new").mkdir()
    new_pem, new_key = self_signed(tmp_path / "new")
    settings = load(None, {"tls": {"certificate": pem, "key": key}})
    assert settings.tls is not None
    with serving(settings, tmp_path / "data") as (server, port):
        watch = CertificateWatch(settings.tls, lambda: server.config.ssl)

        def trusts(certificate: Path) -> bool:
            url = f"https://127.0.0.1:{port}/healthz"
            try:
                httpx.get(url, verify=trusting(certificate), timeout=PATIENCE_S)
            except httpx.ConnectError:
                return False
            return True

        old = pem.rename(tmp_path / "old.pem")
        shutil.copy(new_pem, pem)
        watch.step()
        half = trusts(old)
        shutil.copy(new_key, key)
        watch.step()
        watch.step()
        whole = trusts(old), trusts(new_pem)

    assert half
    assert whole == (False, True)


def test_the_role_watches_its_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From before the server begins to its end: what is renewed then is used."""
    monkeypatch.setattr(web_server, "CERTIFICATE_EVERY_S", 0.02)
    pem, key = self_signed(tmp_path)
    (tmp_path / "new").mkdir()
    new_pem, new_key = self_signed(tmp_path / "new")
    settings = load(None, {"tls": {"certificate": pem, "key": key}})
    with serving(settings, tmp_path / "data") as (_, port):
        url = f"https://127.0.0.1:{port}/healthz"

        def renewed() -> bool:
            try:
                httpx.get(url, verify=trusting(new_pem), timeout=PATIENCE_S)
            except httpx.ConnectError:
                return False
            return True

        before = renewed()
        shutil.copy(new_key, key)
        shutil.copy(new_pem, pem)

        eventually(renewed)

    assert not before


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("certificate.pem", None, "tls.certificate: .* cannot be read"),
        ("key.pem", None, "tls.key: .* cannot be read"),
        ("certificate.pem", "no certificate", "no certificate and its key"),
        ("key.pem", "no key", "no certificate and its key"),
    ],
)
def test_files_that_are_none_are_named(
    tmp_path: Path, name: str, content: str | None, reason: str
) -> None:
    """The server refuses to start with the setting's name, and asks nobody for a password."""
    pem, key = self_signed(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    settings = load(None, {"tls": {"certificate": pem, "key": key}})

    with pytest.raises(ConfigError, match=reason):
        build_server(settings, FastAPI(), threading.Event())


@pytest.mark.parametrize(
    ("host", "proxies", "named", "encrypted"),
    [
        ("127.0.0.1", None, "192.0.2.7", True),
        ("::", None, "192.0.2.7", True),  # IPv4 in IPv6's clothes
        ("127.0.0.1", ["10.0.0.0/8"], "127.0.0.1", False),
        ("::", ["127.0.0.1", "198.51.100.0/24"], "192.0.2.7", True),
    ],
)
def test_a_trusted_proxy_says_who_its_client_is(
    tmp_path: Path, host: str, proxies: list[str] | None, named: str, encrypted: bool
) -> None:
    """The nearest address that is none of the proxies' is the client; of others no word counts."""
    settings = load(
        None, {"host": host} | ({} if proxies is None else {"trusted_proxies": proxies})
    )
    headers = {
        "X-Forwarded-For": "203.0.113.9, 192.0.2.7" + (", 198.51.100.4" if host == "::" else ""),
        "X-Forwarded-Proto": "https",
    }
    if proxies is None:
        headers["X-Forwarded-For"] = "203.0.113.9, 192.0.2.7"
    with serving(settings, tmp_path) as (_, port):
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S) as http:
            answer = http.post("/setup", json={"name": "anna", "password": PASSWORD})
            token = answer.json()["csrf_token"]
            cookie = answer.headers["set-cookie"].partition(";")[0]
            audit = http.get("/audit", headers={"X-CSRF-Token": token, "Cookie": cookie}).json()

    assert {each["origin"] for each in audit["entries"]} == {named}
    assert ("Secure" in answer.headers["set-cookie"]) is encrypted


def test_what_runs_beside_the_server_ends_with_its_clients_not_after_them() -> None:
    """A signal is passed on at once, so that others take over while clients get their answers."""
    stop = threading.Event()
    server = build_server(load(None), FastAPI(), stop)

    server.handle_exit(signal.SIGTERM, None)

    assert stop.is_set()
    assert server.should_exit
