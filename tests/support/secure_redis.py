"""Redis over TLS, vouched for by a throw-away authority, for a user with few rights.

The service gets a user that may do what docs/configuration.md says, and no more; another one, the
keeper, is the servers' own, and empties them between tests.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import psutil

from export.bench.site.redis_access import RedisAccess
from export.bench.site.redis_nodes import HOST, RedisNode, RedisNodes, free_ports, until
from service.adapters.redis.connection import connect
from support.certificates import Authority
from support.cluster import require_redis
from support.waiting import eventually

# Whatever a url must write otherwise.
PASSWORD = "p/w@#1?:%"
WRONG = "hunter2"
KEEPER, KEEPERS_PASSWORD = "keeper", "keepers-own"
USER = f"posewarden:{quote(PASSWORD, safe='')}@"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def documented_rights() -> list[str]:
    """Return what the user `posewarden` of servers, and of Sentinels, may do by the documents."""
    return re.findall(r"^ACL SETUSER posewarden on >\S+ (.+)$", DOCUMENT.read_text(), re.M)


def _users(file: Path, rights: str) -> Path:
    file.write_text(
        "user default off\n"
        f"user posewarden on >{PASSWORD} {rights}\n"
        f"user {KEEPER} on >{KEEPERS_PASSWORD} ~* &* +@all\n"
    )
    return file


def secure_access(folder: Path, authority: Authority) -> RedisAccess:
    """Return TLS for servers of this machine, with both users and none without a password."""
    certificate, key = authority.files(HOST)
    of_servers, of_sentinels = documented_rights()
    users = _users(folder / "users.acl", of_servers)
    watchers = _users(folder / "sentinels.acl", of_sentinels)
    # One certificate for all: each is of this machine. In a file of settings there are no dashes.
    tls = {
        "tls-cert-file": certificate,
        "tls-key-file": key,
        "tls-ca-cert-file": authority.pem,
        "tls-auth-clients": "no",
        "tls-replication": "yes",
    }
    own = {"tls-cluster": "yes", "masteruser": KEEPER, "masterauth": KEEPERS_PASSWORD}
    words = tls | own | {"aclfile": users}
    login = ("--user", KEEPER, "--pass", KEEPERS_PASSWORD, "--no-auth-warning")
    return RedisAccess(
        secure=True,
        server=tuple(str(each) for name, value in words.items() for each in (f"--{name}", value)),
        client=("--tls", "--cacert", str(authority.pem), *login),
        watching=(*(f"{name} {value}" for name, value in tls.items()), f"aclfile {watchers}"),
        masters={"auth-user": KEEPER, "auth-pass": KEEPERS_PASSWORD},
        moving=("AUTH2", KEEPER, KEEPERS_PASSWORD),
        user=USER,
        query=f"?ssl_ca_certs={authority.pem}",
        sentinels=f"&sentinel_username=posewarden&sentinel_password={quote(PASSWORD, safe='')}",
    )


class SecureRedis(RedisNodes):
    """One server of Debian's, over TLS, with users."""

    @property
    def url(self) -> str:
        """What `redis.url` is for it."""
        return self._access.url("", [f"{HOST}:{node.port}" for node in self.nodes], "/0")

    def _start(self) -> None:
        (port,) = free_ports(1)
        node = RedisNode(self._folder / "server", port, ("--appendonly", "yes"), self._access)
        node.start()
        self.nodes.append(node)
        until(node.answers)


def secure_redis(folder: Path) -> SecureRedis:
    """Return a server that is not started yet; skip where it is absent, fail there in CI."""
    require_redis()
    return SecureRedis(secure_access(folder, Authority(folder)))


def wrong_urls(url: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield addresses that do not lead in, and what an error must tell people to do."""
    stranger = folder / "stranger"
    stranger.mkdir()
    yield re.sub(r"=[^&]*certificate\.pem", f"={Authority(stranger).pem}", url), "ssl_ca_certs"
    written = quote(PASSWORD, safe="")
    user = "sentinel_username" if "+sentinel" in url else "correct redis.password"
    yield url.replace(f"{written}@", f"{WRONG}@").replace(f"={written}", f"={WRONG}"), user


async def connections_end(nodes: Sequence[RedisNode]) -> None:
    """Wait until this process has no connection to these servers.

    redis-py does not wait for the end of a connection whose password was refused; a loop that is
    closed before that leaves it open.

    Raises:
        AssertionError: there still is one.
    """
    ports, own = {node.port for node in nodes}, psutil.Process()

    def none_is_open() -> bool:
        connections = own.net_connections("tcp")
        return not any(each.raddr and each.raddr.port in ports for each in connections)

    await asyncio.to_thread(eventually, none_is_open)


def keepers(url: str) -> str:
    """Return the url with the keeper in place of the service's user, if that is in it."""
    return url.replace(USER, f"{KEEPER}:{KEEPERS_PASSWORD}@")


def wipe(url: str, *, scripts: bool = False) -> None:
    """Empty the server, or all masters, and let it forget scripts if wanted."""
    with connect(keepers(url)) as owner:
        owner.flushall()
        if scripts:
            owner.script_flush()
