"""Says why Redis failed, and what to do about it, in one sentence without secrets."""

import re

import redis
from redis.asyncio.sentinel import MasterNotFoundError as AsyncMasterNotFoundError
from redis.sentinel import MasterNotFoundError

from tracker.errors import AlertNotWritten, StoreRefuses, StoreUnavailable

# By the server's error code, or by the exception that redis-py makes of it.
REFUSALS = (
    ("OutOfMemoryError", "memory is full; raise maxmemory"),
    ("ReadOnlyError", "it is a replica; let redis.url name the primary"),
    ("MISCONF", "it cannot write its own files; make room on its disk, its log says more"),
    ("NOREPLICAS", "too few replicas follow it; look at min-replicas-to-write"),
)
# By what the server, or OpenSSL, says; the first that is found.
REMEDIES = (
    (
        "invalid username-password pair",
        "correct redis.password, or the user that redis.url names",
    ),
    (
        "Authentication required",
        "set redis.password; a user that is not `default` stands in redis.url before the @",
    ),
    (
        "without any password configured",
        "it asks for none: leave out redis.password, or let redis.url name the password's user",
    ),
    (
        "NoPermissionError",
        "the user that redis.url names may not do that; "
        "docs/configuration.md, Redis, has the rights it needs",
    ),
    (
        "certificate is not valid for",
        "let redis.url name the server as its certificate does, "
        "or add ssl_check_hostname=false to redis.url",
    ),
    ("certificate has expired", "renew the server's certificate, or correct this machine's clock"),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "name the file of the authority that vouches for it: ssl_ca_certs in redis.url",
    ),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS at this port; write redis:// or another port"),
)
# redis-py says of Sentinels that do not answer no more than this.
SENTINELS_REMEDIES = (
    (
        "auth:",
        "correct sentinel_username and sentinel_password in redis.url, the Sentinels' own",
    ),
    (
        "network:",
        "see that those named here run, and with TLS that ssl_ca_certs in redis.url names who "
        "vouches for them",
    ),
)
NO_MASTER = (
    "no Sentinel of redis.url that answers knows a master of this name that is up: unless a "
    "fail-over is under way, correct the name at the end of redis.url"
)
# A Sentinel as redis-py's error shows it: all that its connections have.
_SENTINEL = re.compile(r"<redis\.(?:asyncio\.)?client\..*?host=([^,)]*),port=(\d+).*?> - ")


def failure_of(err: Exception) -> StoreUnavailable:
    """Return what a call on Redis raises in place of redis-py's error."""
    said = f"{type(err).__name__}: {err}"
    for word, reason in REFUSALS:
        if isinstance(err, redis.ResponseError) and word in said:
            return StoreRefuses(f"Redis refuses writes: {reason}")
    if isinstance(err, MasterNotFoundError | AsyncMasterNotFoundError):
        short = _SENTINEL.sub(r"\1:\2 - ", str(err))
        told = [remedy for word, remedy in SENTINELS_REMEDIES if word in short]
        return StoreUnavailable("; ".join([short, *told, NO_MASTER]))
    remedies = [remedy for word, remedy in REMEDIES if word in said]
    return StoreUnavailable("; ".join([f"Redis failed: {said.rstrip('.')}", *remedies[:1]]))


def is_of_its_keys(err: Exception) -> bool:
    """Tell whether a call failed for what its own keys hold: others may go on."""
    said = str(err)
    # Subclasses are of the server or the connection; a right that a script lacks all lack.
    if type(err) is not redis.ResponseError or isinstance(failure_of(err), StoreRefuses):
        return False
    return "WRONGTYPE" in said or ("user_script" in said and "ACL failure" not in said)


def failure_of_one(err: Exception) -> StoreUnavailable:
    """Return what stands for the error of one alert among several."""
    if is_of_its_keys(err):
        return AlertNotWritten(f"Redis cannot write this alert: {err}")
    return failure_of(err)
