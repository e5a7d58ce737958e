import zlib

import pytest

from tracker.unpacking import unpacked


def test_what_was_compressed_comes_back() -> None:
    """A body of just the bound is within it."""
    assert unpacked(zlib.compress(b"x" * 100), largest_bytes=100) == b"x" * 100


def test_a_body_beyond_the_bound_is_refused() -> None:
    """A thousand bytes of zeros do not become a million."""
    with pytest.raises(ValueError, match="more than 999999 bytes"):
        unpacked(zlib.compress(bytes(1_000_000)), largest_bytes=999_999)


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "cut off"), (zlib.compress(b"x" * 100)[:-2], "cut off"), (b"none", "cannot unpack")],
)
def test_what_zlib_did_not_write_is_refused(data: bytes, why: str) -> None:
    """A part of what it wrote is none, either."""
    with pytest.raises(ValueError, match=why):
        unpacked(data, largest_bytes=1000)
