"""Debian's nginx and Caddy with the configurations of docker/proxy, before a service of a test."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from export.bench.site.service import free_port
from support.waiting import eventually

PROXY = Path(__file__).resolve().parents[2] / "docker" / "proxy"
HOSTS = ("cameras.example.org", "www.example.org")
UPSTREAM = "127.0.0.1:8000"
NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
# What the tests change: no port of the system's, no certificate of an authority.
CADDY = """\
{{
\tadmin off
\tlocal_certs
\tskip_install_trust
\tauto_https disable_redirects
\tdefault_bind 127.0.0.1
\thttp_port {http}
\thttps_port {port}
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A running proxy: its name and TLS port."""

    name: str
    port: int

    def origin(self, host: str) -> str:
        """Return what a browser's address of this host begins with."""
        return f"https://{host}:{self.port}"


@contextmanager
def nginx(folder: Path, upstream: str, *, host_header: bool = True) -> Iterator[Proxy]:
    """Run nginx before a service.

    Args:
        upstream: host:port of the service.
        host_header: without it, nginx sends its own default in place of the browser's Host.
    """
    binary, port = _binary("nginx"), free_port()
    pem, key = _certificate(folder)
    site = (PROXY / "nginx.conf").read_text()
    for old, new in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/certs/cameras.example.org.pem", str(pem)),
        ("/etc/ssl/private/cameras.example.org.key", str(key)),
        (UPSTREAM, upstream),
    ):
        assert old in site
        site = site.replace(old, new)
    if not host_header:
        site = site.replace("proxy_set_header Host $http_host;", "")
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    command = [binary, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr"]
    with _running(command, "nginx", port):
        yield Proxy("nginx", port)


@contextmanager
def caddy(folder: Path, upstream: str) -> Iterator[Proxy]:
    """Run Caddy before a service at host:port."""
    binary, port = _binary("caddy"), free_port()
    site = (PROXY / "Caddyfile").read_text()
    assert UPSTREAM in site
    options = CADDY.format(http=free_port(), port=port)
    (folder / "Caddyfile").write_text(options + site.replace(UPSTREAM, upstream))
    command = [binary, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    homes = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    with _running(command, "caddy", port, homes):
        yield Proxy("caddy", port)


def trusting() -> ssl.SSLContext:
    """Return a context that trusts the tests' own certificates."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _binary(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(
            f"{name} is not on the PATH; install the Makefile's TEST_PACKAGES"
        )
    return found


@contextmanager
def _running(
    command: list[str], name: str, port: int, environment: dict[str, str] | None = None
) -> Iterator[None]:
    with subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stderr=subprocess.DEVNULL
    ) as process:
        try:
            eventually(lambda: all(_serves(port, host) for host in HOSTS), what=f"{name} serves")
            yield
        finally:
            process.kill()


def _serves(port: int, host: str) -> bool:
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            trusting().wrap_socket(plain, server_hostname=host),
        ):
            return True
    except OSError:  # it does not listen yet, or has no certificate yet
        return False


def _certificate(folder: Path) -> tuple[Path, Path]:
    pem, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=cameras.example.org", "-keyout", str(key), "-out", str(pem)),
        ],
        capture_output=True,
        check=True,
    )
    return pem, key
