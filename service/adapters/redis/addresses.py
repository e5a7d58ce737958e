"""Reads `redis.url`: one server, the nodes of a cluster, or the Sentinels that watch a master."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from redis.connection import SSLConnection, parse_url

from tracker.errors import ConfigError
from tracker.sources.network_address import MAX_PORT, sign_problem, unescaped_sign

# What a url may say after its `?`. Other options fail at the first call, or change what the
# adapters rely on, such as how replies are decoded.
URL_OPTIONS = (
    "db",
    "username",
    "password",
    "client_name",
    "socket_timeout",
    "socket_connect_timeout",
    "socket_keepalive",
    "health_check_interval",
)
TLS_OPTIONS = (
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_cert_reqs",
    "ssl_certfile",
    "ssl_check_hostname",
    "ssl_keyfile",
    "ssl_password",
)
TLS_FILES = ("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile")
# Of the Sentinels themselves, which have users and passwords of their own.
SENTINEL_OPTIONS = ("sentinel_username", "sentinel_password")
CERT_REQS = ("none", "optional", "required")
# Only what means the same to everybody: int() and float() also read `nan`, `1_0`, `+1` and `٣`.
_NUMBER = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
# A node as a message may show it: behind the colon of any other text may stand a password.
_PLAIN_NODE = re.compile(r"(\[[0-9A-Fa-f:.]*(%[\w.-]+)?\]?|[^:]*)(:[0-9]*)?")
CLUSTER, SENTINEL = "+cluster", "+sentinel"
SHARDS_OF_THREE_MASTERS = 4
PORTS = {CLUSTER: 6379, SENTINEL: 26379}

Node: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where Redis is.

    Attributes:
        kind: "server" is one server, which redis-py reads by itself.
        nodes: of a cluster or of Sentinels, those that are asked first.
        service: the master's name among the Sentinels.
        options: arguments of redis-py's connections, from the url.
        sentinel: arguments of the connections to the Sentinels.
    """

    kind: Literal["server", "cluster", "sentinel"]
    nodes: tuple[Node, ...] = ()
    service: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)  # with the password
    sentinel: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_address(url: str) -> RedisAddress:
    """Return what the url says.

    Raises:
        ConfigError: it is not an address of Redis, or has an option that is not known.
    """
    _check_options(url)
    try:
        if _tail(url) == CLUSTER:
            return _cluster(url)
        return _sentinel(url) if _tail(url) == SENTINEL else _server(url)
    except ValueError:
        raise bad_url(url) from None  # the cause may contain a part of the password


def check_address(url: str) -> None:
    """Check all of the url, also that of one server.

    Raises:
        ConfigError: it is not an address of Redis, or has an option that is not known.
    """
    if read_address(url).kind == "server":
        try:
            parse_url(url)  # type: ignore[no-untyped-call] # redis-py's
        except ValueError:
            raise bad_url(url) from None  # the cause may contain a part of the password


def missing_tls_files(url: str | None) -> Iterator[str]:
    """Yield a sentence for each file of TLS that the url names and that is not there."""
    options = parse_qs("" if url is None else url.partition("?")[2])
    for name in TLS_FILES:
        for place in options.get(name, []):
            if not Path(place).exists():
                yield f"redis.url: there is no file {place!r}; check {name}"


def address_notes(url: str | None, shards: int, wait_replicas: int) -> Iterator[str]:
    """Yield what people should know of the settings of Redis, a sentence each.

    Raises:
        ConfigError: the url is not an address of Redis.
    """
    address = RedisAddress("server") if url is None else read_address(url)
    if address.kind == "cluster":
        yield f"redis.url is a cluster, known by {len(address.nodes)} of its nodes"
        if shards < SHARDS_OF_THREE_MASTERS:
            yield (
                f"redis.shards: {shards} leaves masters of the cluster without a camera; "
                f"set {SHARDS_OF_THREE_MASTERS} for three masters, 16 for five"
            )
    if address.kind == "sentinel":
        several = len(address.nodes) > 1
        watchers = f"{len(address.nodes)} Sentinels" if several else "one Sentinel"
        yield f"redis.url is the master {address.service}, by {watchers}"
        if not several:
            yield (
                "redis.url names one Sentinel; while it is away nobody finds the master, and alone "
                "it survives nothing: run three and name them all"
            )
    for host, port in sorted({node for node in address.nodes if address.nodes.count(node) > 1}):
        yield f"redis.url names {host}:{port} twice; name each node once"
    if wait_replicas and address.kind == "server":
        yield _replicas_note(url, wait_replicas)


def _replicas_note(url: str | None, wait_replicas: int) -> str:
    if url is None:
        return "redis.wait_replicas: the embedded server has no replicas; set redis.url or 0"
    return (
        f"redis.wait_replicas: {wait_replicas} waits for replicas of the one server of redis.url; "
        "set 0 unless it has so many, since every alert is counted as late without them"
    )


def masked(url: str) -> str:
    """Return the URL without user, password and query, for messages.

    What stands at the place of a port and is none is not shown, nor what follows the nodes then.
    """
    # By hand: a URL parser would end the host at a slash in the password.
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    hosts, slash, path = rest.rpartition("@")[2].partition("?")[0].partition("/")
    if all(_PLAIN_NODE.fullmatch(each) for each in hosts.split(",")):
        return scheme + separator + hosts + slash + path
    return scheme + separator + ",".join(_masked_node(each) for each in hosts.split(","))


def _masked_node(text: str) -> str:
    return text if _PLAIN_NODE.fullmatch(text) else f"{text.partition(':')[0]}:***"


def bad_url(url: str) -> ConfigError:
    """Return the error that says which addresses there are."""
    return ConfigError(
        f"redis.url {masked(url)!r} is not a Redis address; "
        "write redis://host:6379/0, rediss://host:6380/0 or unix:///path/to.sock, "
        "redis+cluster://host:6379,host:6379 for a cluster, "
        "redis+sentinel://host:26379,host:26379/name for a master that Sentinels watch"
    )


def _server(url: str) -> RedisAddress:
    """Check what redis-py would read otherwise than it is meant, or not at all."""
    if url.startswith(("redis://", "rediss://")):
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError(url)
        _check_database(parts.path.strip("/"))
    return RedisAddress("server")


def _check_database(text: str) -> None:
    if text and not _NUMBER.fullmatch(text):
        raise ConfigError(
            "redis.url: a database is a number from 0; it follows the host and a slash"
        )


def _cluster(url: str) -> RedisAddress:
    nodes, path, options = _parts(url)
    if path.strip("/") not in ("", "0") or options.pop("db", 0) != 0:
        raise ConfigError("redis.url: a cluster has no databases; leave out what follows its nodes")
    return RedisAddress("cluster", nodes, options=options)


def _sentinel(url: str) -> RedisAddress:
    nodes, path, options = _parts(url)
    service, _, database = path.strip("/").partition("/")
    if not service:
        raise ConfigError(
            f"redis.url {masked(url)!r} names no master; "
            "write redis+sentinel://host:26379,host:26379/name, the name that Sentinels know it by"
        )
    _check_database(database)
    if database:
        options["db"] = int(database)
    own = {name: options.pop(name, None) for name in SENTINEL_OPTIONS}
    sentinel = {name: each for name, each in options.items() if name.startswith("ssl")}
    sentinel |= {name.removeprefix("sentinel_"): each for name, each in own.items() if each}
    return RedisAddress("sentinel", nodes, unquote(service), options, sentinel)


def _parts(url: str) -> tuple[tuple[Node, ...], str, dict[str, Any]]:
    """Return nodes, path and redis-py's arguments; the url is read as that of one server."""
    scheme, _, rest = url.partition("://")
    place, question, query = rest.partition("?")
    user, at, hosts = place.rpartition("@")
    if "," in user:
        raise ConfigError(
            "redis.url: user and password stand once, before the first node, and are those of "
            "all; write a comma in them as %2C"
        )
    hosts, _, path = hosts.partition("/")
    secure = scheme.startswith("rediss")
    one = f"{'rediss' if secure else 'redis'}://{user}{at}host{question}{query}"
    options: dict[str, Any] = parse_url(one)  # type: ignore[no-untyped-call] # redis-py's
    del options["host"]
    if options.pop("connection_class", None) is SSLConnection:
        options["ssl"] = True
    default = PORTS[_tail(url)]
    return tuple(_node(each, default) for each in hosts.split(",")), path, options


def _node(text: str, default_port: int) -> Node:
    """Read host and port; an address of IPv6 stands in brackets."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if not bracket or colon not in ("", ":"):
            raise ValueError(text)
    else:
        host, colon, port = text.partition(":")
    if colon and not _NUMBER.fullmatch(port):
        raise ValueError(text)
    number = int(port) if colon else default_port
    if not host or not 0 < number <= MAX_PORT:
        raise ValueError(text)
    return host, number


def _tail(url: str) -> str:
    scheme = url.partition("://")[0]
    return scheme[scheme.find("+") :] if "+" in scheme else ""


def _check_options(url: str) -> None:
    """Refuse what is not known after a URL's `?`, by name; a value may be a password."""
    if (sign := unescaped_sign(url)) is not None:
        raise ConfigError(f"redis.url: {sign_problem(sign)}")
    known = URL_OPTIONS + (TLS_OPTIONS if url.startswith("rediss") else ())
    known += SENTINEL_OPTIONS if _tail(url) == SENTINEL else ()
    options = parse_qs(url.partition("?")[2], keep_blank_values=True)
    for name, values in options.items():
        if name in TLS_OPTIONS and name not in known:
            raise ConfigError(f"redis.url: {name} is an option of TLS; write rediss:// to encrypt")
        if name not in known:
            raise ConfigError(f"redis.url: no such option: {name}; known are {', '.join(known)}")
        if (rule := _rule_broken(name, values)) is not None:
            raise ConfigError(f"redis.url: {name} is {rule}")
        if name == "ssl_cert_reqs" and values[0] not in CERT_REQS:
            raise ConfigError(f"redis.url: ssl_cert_reqs is one of {', '.join(CERT_REQS)}")


def _rule_broken(name: str, values: Sequence[str]) -> str | None:
    """Return what an option's values must be; None where they are."""
    if name in ("db", "health_check_interval"):
        return None if all(map(_NUMBER.fullmatch, values)) else "a whole number from 0"
    if name in ("socket_timeout", "socket_connect_timeout"):
        are = all(_SECONDS.fullmatch(each) and float(each) > 0 for each in values)
        return None if are else "a number of seconds above 0"
    return None
