"""Addresses of Redis, tried on a real server with an ACL user, over TCP, TLS and a Unix socket."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from redis.sentinel import MasterNotFoundError
from support.waiting import PATIENCE_S, eventually

from export.bench.site.service import free_port
from service.adapters.redis.connection import connect, connect_async, redis_errors
from service.config.storage_settings import RedisSettings
from service.roles.connections import ping
from tracker.errors import ConfigError, StoreUnavailable

PASSWORD = "p/w@#1?:%"


@dataclass(frozen=True)
class Server:
    """Where the server listens; `warden` is its only user."""

    plain: int
    tls: int
    socket: Path
    certificate: Path

    def url(self, scheme: str, user: str) -> str:
        """Return the address for a scheme, with what stands before the @."""
        return {
            "redis": f"redis://{user}127.0.0.1:{self.plain}/0",
            "rediss": f"rediss://{user}127.0.0.1:{self.tls}/0?ssl_ca_certs={self.certificate}",
            "unix": f"unix://{user}{self.socket}?db=0",
        }[scheme]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Debian's Redis, whose default user is off."""
    binary = shutil.which("redis-server")
    if binary is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(
            "redis-server is not on the PATH; apt-get install redis-server"
        )
    folder = tmp_path_factory.mktemp("redis")
    certificate = _certificate(folder)
    found = Server(free_port(), free_port(), folder / "redis.sock", certificate)
    (folder / "users.acl").write_text(f"user default off\nuser warden on >{PASSWORD} ~* &* +@all\n")
    (folder / "redis.conf").write_text(
        f"port {found.plain}\nbind 127.0.0.1\nunixsocket {found.socket}\ntls-port {found.tls}\n"
        f"tls-cert-file {certificate}\ntls-key-file {folder / 'key.pem'}\ntls-auth-clients no\n"
        f'aclfile {folder / "users.acl"}\nsave ""\ndir {folder}\n'
    )
    quiet = subprocess.DEVNULL
    with subprocess.Popen([binary, str(folder / "redis.conf")], stdout=quiet) as process:
        try:
            eventually(found.socket.exists, what="Redis listens")
            yield found
        finally:
            process.kill()


def _certificate(folder: Path) -> Path:
    path = folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(folder / "key.pem"), "-out", str(path)),
        ],
        capture_output=True,
        check=True,
    )
    return path


@pytest.mark.parametrize("scheme", ["redis", "rediss", "unix"])
@pytest.mark.parametrize("user", ["warden@", "warden:@"])
def test_an_acl_user_of_the_url_logs_in_with_the_password_beside_it(
    server: Server, scheme: str, user: str
) -> None:
    """`redis.password` belongs to the user that the URL names, over every scheme."""
    address = RedisSettings(url=server.url(scheme, user), password=PASSWORD).address

    assert address is not None
    with connect(address) as client:
        ping(client)
        assert client.acl_whoami() == "warden"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://host/0", "redis://:new@host/0"),
        ("redis://:own@host/0", "redis://:own@host/0"),
        ("redis://warden:own@host", "redis://warden:own@host"),
        ("redis://warden@host?db=2", "redis://warden:new@host?db=2"),
        ("redis://host?username=warden", "redis://:new@host?username=warden"),
        ("redis://host?password=own", "redis://host?password=own"),
        ("redis://wa%40rden@host", "redis://wa%40rden:new@host"),
        ("unix:///run/redis.sock?client_name=a@b", "unix://:new@/run/redis.sock?client_name=a@b"),
    ],
)
def test_a_password_goes_where_the_url_has_none(url: str, address: str) -> None:
    """A password in the URL wins; the user, host and options stay as they are."""
    assert RedisSettings(url=url, password="new").address == address


def test_a_user_given_by_an_option_logs_in(server: Server) -> None:
    """`?username=` names the user as well as the address does."""
    url = f"redis://127.0.0.1:{server.plain}/0?username=warden"
    address = RedisSettings(url=url, password=PASSWORD).address

    assert address is not None
    with connect(address) as client:
        ping(client)


@pytest.mark.parametrize(
    ("address", "remedy"),
    [
        ("rediss://warden:{own}@127.0.0.1:{tls}/0", "ssl_ca_certs in redis.url"),
        ("rediss://warden:{own}@localhost:{tls}/0?ssl_ca_certs={ca}", "name the server as its"),
        ("rediss://warden:hunter2@127.0.0.1:{tls}/0?ssl_ca_certs={ca}", "correct redis.password"),
        ("redis://warder:{own}@127.0.0.1:{plain}/0", "or the user that redis.url names"),
        ("redis://127.0.0.1:{plain}/0", "set redis.password"),
    ],
)
def test_what_does_not_lead_in_is_said_with_a_remedy(
    server: Server, address: str, remedy: str
) -> None:
    """Unknown authorities, other names, wrong and missing passwords; none of them is repeated."""
    own = quote(PASSWORD, safe="")
    places = {"tls": server.tls, "plain": server.plain, "ca": server.certificate}
    url = address.format(own=own, **places)

    with (
        connect(url, timeout_s=PATIENCE_S) as client,
        pytest.raises(StoreUnavailable, match=remedy) as said,
    ):
        ping(client)

    assert not any(each in str(said.value) for each in ("hunter2", PASSWORD, own))


def test_a_user_without_the_right_is_told_where_the_rights_stand(server: Server) -> None:
    """The command that it may not use is named, and the document that has what it needs."""
    with connect(server.url("unix", f"warden:{quote(PASSWORD, safe='')}@")) as client:
        client.acl_setuser("reader", enabled=True, nopass=True, commands=["+ping"])
    with (
        connect(server.url("unix", "reader:x@")) as client,
        pytest.raises(StoreUnavailable, match=r"'get'.*docs/configuration\.md") as said,
        redis_errors(),
    ):
        client.get("key")

    assert "reader" not in str(said.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://host/0?ssl_ca_certs=/ca.pem", "write rediss://"),
        ("rediss://host/0?ssl_ca=/ca.pem", "no such option: ssl_ca; known are"),
        ("rediss://host/0?ssl_cert_reqs=CERT_NONE", "one of none, optional, required"),
        ("redis://host/0?decode_responses=true", "no such option: decode_responses"),
        ("redis://host/0?protocol=3", "no such option: protocol"),
    ],
)
def test_options_that_no_connection_could_use_are_named(url: str, said: str) -> None:
    """A mistyped option is a fault of the configuration, not of the first call."""
    for open_client in (connect, connect_async):
        with pytest.raises(ConfigError, match=said):
            open_client(url)


@pytest.fixture
def hanging_up() -> Iterator[tuple[int, list[object]]]:
    """A Sentinel that ends each connection at once: its port, and who came."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # the end of the test
                while True:
                    connection, address = listening.accept()
                    came.append(address)
                    connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1], came
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_sentinel_that_does_not_answer_is_asked_once(
    hanging_up: tuple[int, list[object]], asynchronous: bool
) -> None:
    """The next one is asked at once: tries at a dead one would keep every new client waiting."""
    port, came = hanging_up
    url = f"redis+sentinel://127.0.0.1:{port}/road"

    with pytest.raises(redis.ConnectionError):
        await _ping(url, asynchronous=asynchronous)

    assert len(came) == 1


async def _ping(url: str, *, asynchronous: bool) -> None:
    if asynchronous:
        async with connect_async(url, timeout_s=PATIENCE_S) as following:
            await following.ping()
    else:
        with connect(url, timeout_s=PATIENCE_S) as client:
            client.ping()


def test_an_option_of_the_address_wins_over_ours() -> None:
    """Who sets a time-out in the URL gets it."""
    client: redis.Redis = connect("redis://host/0?socket_timeout=7.5")

    assert client.connection_pool.connection_kwargs["socket_timeout"] == 7.5


def test_a_master_that_no_sentinel_knows_is_said_by_name() -> None:
    """With the setting to correct, since a wrong name looks like a fail-over that never ends."""
    with pytest.raises(StoreUnavailable) as failure, redis_errors():
        raise MasterNotFoundError("No master found for 'raod'")

    assert "'raod'" in str(failure.value)
    assert "correct the name at the end of redis.url" in str(failure.value)
