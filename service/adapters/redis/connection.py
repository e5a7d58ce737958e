"""Connects to Redis: one protocol, short time-outs, errors as StoreUnavailable."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from tracker.errors import ConfigError, StoreRefuses, StoreUnavailable
from tracker.sources.network_address import sign_problem, unescaped_sign

TIMEOUT_S = 2.0
HEALTH_CHECK_S = 10
# Blocking reads end well before the socket's time-out would call the server dead.
LONGEST_WAIT_PART = 0.5
# A call can wait at one slot only: to wait for several shards, wait briefly at each in turn.
SHARD_WAIT_S = 0.02
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
CERT_REQS = ("none", "optional", "required")
# By the server's error code, or by the exception that redis-py makes of it.
REFUSALS = (
    ("OutOfMemoryError", "memory is full; raise maxmemory"),
    ("ReadOnlyError", "it is a replica; let redis.url name the primary"),
    ("MISCONF", "it cannot write its own files; make room on its disk, its log says more"),
    ("NOREPLICAS", "too few replicas follow it; look at min-replicas-to-write"),
)


def connect(url: str, *, timeout_s: float = TIMEOUT_S) -> redis.Redis:
    """Return a client; it connects at its first call.

    Nothing is retried silently: a write that timed out may have happened.

    Raises:
        ConfigError: the URL is not one of Redis, or has an option that is not known.
    """
    _check_options(url)
    try:
        return redis.Redis.from_url(url, **_options(timeout_s), retry=Retry(NoBackoff(), 0))
    except ValueError:
        raise _bad_url(url) from None  # the cause may contain a part of the password


def connect_async(url: str, *, timeout_s: float = TIMEOUT_S) -> redis.asyncio.Redis:
    """Return the asyncio twin of `connect`'s client."""
    _check_options(url)
    try:
        retry = AsyncRetry(NoBackoff(), 0)
        return redis.asyncio.Redis.from_url(url, **_options(timeout_s), retry=retry)
    except ValueError:
        raise _bad_url(url) from None  # the cause may contain a part of the password


def longest_wait_s(client: redis.Redis | redis.asyncio.Redis) -> float:
    """Return how long a call on this client may block at the server."""
    timeout_s = client.connection_pool.connection_kwargs.get("socket_timeout") or TIMEOUT_S
    return float(timeout_s) * LONGEST_WAIT_PART


def masked(url: str) -> str:
    """Return the URL without user, password and query, for messages."""
    # By hand: a URL parser would end the host at a slash in the password.
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    return scheme + separator + rest.rpartition("@")[2].partition("?")[0]


@contextmanager
def redis_errors() -> Iterator[None]:
    """Turn any error of redis into StoreUnavailable; also a decorator.

    Raises:
        StoreRefuses: Redis takes no writes.
        StoreUnavailable: Redis did not answer, or refused.
    """
    try:
        yield
    except redis.RedisError as err:
        said = f"{type(err).__name__}: {err}"
        for word, reason in REFUSALS:
            if isinstance(err, redis.ResponseError) and word in said:
                raise StoreRefuses(f"Redis refuses writes: {reason}") from err
        raise StoreUnavailable(f"Redis failed: {said}") from err


class Script:
    """A Lua script, called by its hash; sent in full only to a server that lacks it."""

    def __init__(self, client: redis.Redis, file: str) -> None:
        text = (Path(__file__).parent / "scripts" / file).read_text(encoding="utf-8")
        self._script = client.register_script(text)

    def __call__(self, keys: Iterable[str], args: Iterable[bytes | str | int | float]) -> Any:  # noqa: ANN401 -- whatever the script returns
        return self._script(list(keys), list(args))


def _options(timeout_s: float) -> dict[str, Any]:
    # Protocol 2 is what every server speaks; replies differ between 2 and 3, so it is pinned.
    return {
        "protocol": 2,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "health_check_interval": HEALTH_CHECK_S,
    }


def _check_options(url: str) -> None:
    """Refuse what is not known after a URL's `?`, by name; a value may be a password."""
    if (sign := unescaped_sign(url)) is not None:
        raise ConfigError(f"redis.url: {sign_problem(sign)}")
    known = URL_OPTIONS + (TLS_OPTIONS if url.startswith("rediss://") else ())
    options = parse_qs(url.partition("?")[2], keep_blank_values=True)
    for name, values in options.items():
        if name in TLS_OPTIONS and name not in known:
            raise ConfigError(f"redis.url: {name} is an option of TLS; write rediss:// to encrypt")
        if name not in known:
            raise ConfigError(f"redis.url: no such option: {name}; known are {', '.join(known)}")
        if name == "ssl_cert_reqs" and values[0] not in CERT_REQS:
            raise ConfigError(f"redis.url: ssl_cert_reqs is one of {', '.join(CERT_REQS)}")


def _bad_url(url: str) -> ConfigError:
    return ConfigError(
        f"redis.url {masked(url)!r} is not a Redis address; "
        "write redis://host:6379/0, rediss://host:6380/0 or unix:///path/to.sock"
    )
