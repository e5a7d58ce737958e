"""What `redis.url` may say: a server, a cluster's nodes, Sentinels."""

import pytest

from service.adapters.redis.addresses import masked, read_address
from service.config.storage_settings import RedisSettings
from tracker.errors import ConfigError


def test_a_cluster_is_known_by_its_nodes() -> None:
    """Several nodes with ports of their own or the usual one; user and password are of all."""
    address = read_address("redis+cluster://warden:p%40ss@one:7000,two,[fe80::1]:7001")

    assert address.kind == "cluster"
    assert address.nodes == (("one", 7000), ("two", 6379), ("fe80::1", 7001))
    assert address.options == {"username": "warden", "password": "p@ss"}


def test_a_cluster_over_tls() -> None:
    """`rediss+cluster` encrypts, with the same options as `rediss`."""
    address = read_address("rediss+cluster://one,two?ssl_ca_certs=/ca.pem")

    assert address.options == {"ssl": True, "ssl_ca_certs": "/ca.pem"}


def test_sentinels_know_a_master_by_name() -> None:
    """The password is the master's; the Sentinels have one of their own, or none."""
    address = read_address(
        "rediss+sentinel://warden:secret@one,two:26380/road/2?sentinel_password=other"
    )

    assert address.kind == "sentinel"
    assert (address.nodes, address.service) == ((("one", 26379), ("two", 26380)), "road")
    assert address.options == {"username": "warden", "password": "secret", "ssl": True, "db": 2}
    assert address.sentinel == {"ssl": True, "password": "other"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis+cluster://one,two/3", "a cluster has no databases"),
        ("redis+cluster://one,two?db=1", "a cluster has no databases"),
        ("redis+cluster://one,,two", "is not a Redis address"),
        ("redis+cluster://one:port", "is not a Redis address"),
        ("redis+cluster://one:70000", "is not a Redis address"),
        ("redis+cluster://[fe80::1", "is not a Redis address"),
        ("redis+sentinel://one,two", "names no master"),
        ("redis+sentinel://one,two/road/x", "a database is a number from 0"),
        ("redis+sentinel://one/road?ssl_ca_certs=/ca.pem", "write rediss://"),
        ("redis+cluster://one?sentinel_password=x", "no such option: sentinel_password"),
        ("redis+cluster://one:٣", "is not a Redis address"),
        ("redis+cluster://one: 1", "is not a Redis address"),
        ("redis+cluster://one:+1", "is not a Redis address"),
        ("redis+cluster://one:1_0", "is not a Redis address"),
        ("redis+cluster://one:0", "is not a Redis address"),
        ("redis://one:0/0", "is not a Redis address"),
        ("redis+cluster://one:1?socket_timeout=nan", "socket_timeout is a number of seconds"),
        ("redis+sentinel://one/road?socket_timeout=-1", "socket_timeout is a number of seconds"),
        ("redis://one?socket_timeout=0", "socket_timeout is a number of seconds"),
        ("redis://one?socket_connect_timeout=inf", "socket_connect_timeout is a number"),
        ("redis+sentinel://one/road/-1", "a database is a number from 0"),
        ("redis+sentinel://one/road/٣", "a database is a number from 0"),
        ("redis://one/-1", "a database is a number from 0"),
        ("redis://one?db=-1", "db is a whole number from 0"),
    ],
)
def test_what_is_no_address_is_refused(url: str, said: str) -> None:
    """The error names what is wrong, and never a password."""
    with pytest.raises(ConfigError, match=said.replace("[", r"\[")):
        read_address(url)


def test_a_password_of_its_own_goes_to_every_node() -> None:
    """`redis.password` is used as with a single server; messages show nodes alone."""
    address = RedisSettings(url="redis+cluster://warden@one,two", password="s/e@c").address

    assert address is not None
    assert read_address(address).options == {"username": "warden", "password": "s/e@c"}
    assert masked(address) == "redis+cluster://one,two"
    assert "s/e@c" not in repr(read_address(address))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis+cluster://one:1,warden:S3cret@two:2", "before the first node"),
        ("redis+cluster://warden:S3cret@one:1,warden:S3cret@two:2", "before the first node"),
        ("redis+cluster://warden:S3,cret@one:1", "write a comma in them as %2C"),
        ("redis+cluster://one:1@warden:S3cret", "'redis+cluster://warden:***' is not"),
        ("redis+cluster://one:1@warden:S3/cret", "'redis+cluster://warden:***' is not"),
        ("redis+cluster://warden:S3cret", "'redis+cluster://warden:***' is not"),
        ("redis://warden:S3cret", "'redis://warden:***' is not"),
    ],
)
def test_a_misplaced_password_is_never_shown(url: str, said: str) -> None:
    """Behind another node, at the place of a port: the error tells what is wrong, without it."""
    with pytest.raises(ConfigError) as refused:
        read_address(url)

    assert said in str(refused.value)
    assert "S3" not in str(refused.value)
    assert "cret" not in str(refused.value)
