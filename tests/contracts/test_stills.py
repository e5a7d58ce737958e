"""Pictures that somebody asked for, over every store."""

from pathlib import Path
from typing import Any

from support.secure_redis import keepers
from support.stores import Stores

from service.adapters.redis.connection import connect, master_of
from service.ports.status import STILL_BYTES


def test_a_picture_is_given_to_who_asked(road: Stores) -> None:
    """Of this camera alone; whoever comes a moment later gets the same one."""
    stills = road.stills()
    assert not stills.is_wanted("gate")
    stills.want("gate")
    assert (stills.is_wanted("gate"), stills.is_wanted("yard")) == (True, False)

    stills.put("gate", b"\xff\xd8picture")

    assert not stills.is_wanted("gate")
    assert (stills.get("gate"), stills.get("yard")) == (b"\xff\xd8picture", None)


def test_a_picture_that_is_too_large_is_not_kept(road: Stores) -> None:
    """Whoever waits for it is told that none came."""
    stills = road.stills()
    stills.put("gate", bytes(STILL_BYTES + 1))

    assert stills.get("gate") is None


def test_pixels_do_not_last(road: Stores) -> None:
    """They expire within seconds, and never reach a file."""
    road.stills().put("gate", b"picture")

    if road.client is None:
        road.clock.now += 3.1
        assert road.stills().get("gate") is None
        return
    with connect(keepers(road.url)) as owner:
        # Any: redis-py types the replies of all protocols at once.
        server: Any = master_of(owner, "posewarden:{0}:camera:gate:still")
        (key,) = server.keys("*:still")
        assert 0 < int(server.pttl(key)) <= 3000
        folder = str(server.config_get("dir")["dir"])
    written = [path.read_bytes() for path in Path(folder).rglob("*.aof") if path.is_file()]
    assert written
    assert not any(b"picture" in each for each in written)
