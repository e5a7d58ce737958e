import os
from pathlib import Path

import pytest

from tracker.weights.cache_folder import cache_folder

UNKNOWN_USER = 2**31 - 19


@pytest.mark.parametrize(
    ("xdg", "home", "base"),
    [
        (None, "/home/ann", "/home/ann/.cache"),
        ("/var/cache", "/home/ann", "/var/cache"),
        ("relative", "/home/ann", "/home/ann/.cache"),
        ("", "/home/ann", "/home/ann/.cache"),
        ("/var/cache", None, "/var/cache"),
        (None, None, ".cache"),
    ],
)
def test_every_user_has_a_cache_folder(
    monkeypatch: pytest.MonkeyPatch, xdg: str | None, home: str | None, base: str
) -> None:
    """Also a user whom the system does not know, as `docker run --user 12345` makes one."""
    for name, value in (("XDG_CACHE_HOME", xdg), ("HOME", home)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    if home is None:
        monkeypatch.setattr(os, "getuid", lambda: UNKNOWN_USER)

    assert cache_folder("models") == Path(base) / "posewarden" / "models"
