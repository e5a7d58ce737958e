"""Pictures that somebody asked for, over every store."""

from pathlib import Path

from support.stores import Stores

from service.ports import STILL_BYTES


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
    (key,) = road.client.keys("*:still")  # type: ignore[misc] # a list, of the pinned protocol
    assert 0 < int(road.client.pttl(key)) <= 3000  # type: ignore[arg-type] # a number
    folder = str(road.client.config_get("dir")["dir"])  # type: ignore[index] # a mapping
    written = [path.read_bytes() for path in Path(folder).rglob("*.aof") if path.is_file()]
    assert written
    assert not any(b"picture" in each for each in written)
