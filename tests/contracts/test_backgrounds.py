"""The cameras' background pictures, over every store."""

from support.stores import Stores


def test_a_picture_is_kept_until_it_is_removed(road: Stores) -> None:
    """Each camera has its own, byte by byte; the newest counts."""
    pictures = road.backgrounds()
    pictures.put("gate", bytes(range(256)))
    pictures.put("yard", b"older")
    pictures.put("yard", b"newer")

    assert (pictures.get("gate"), pictures.get("yard")) == (bytes(range(256)), b"newer")
    pictures.remove("yard")
    pictures.remove("yard")
    assert (pictures.get("yard"), pictures.get("hall")) == (None, None)
    assert road.backgrounds().get("gate") == bytes(range(256))
