"""Settings as plain values, with secrets and without."""

import pytest
from pydantic import SecretStr

from service.config.load import load
from service.config.plain_values import plain


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("hunter2", "***"),
        ("https://hooks.example.org/T0/secret", "https://hooks.example.org/***"),
        ("smtp://user:hunter2@mail:25?x=hunter2", "smtp://mail:25/***"),
    ],
)
def test_a_secret_shows_at_most_where_it_leads(secret: str, shown: str) -> None:
    """All of an unknown secret may be secret."""
    assert plain(SecretStr(secret), with_secrets=False) == shown
    assert plain([SecretStr(secret)], with_secrets=True) == [secret]


def test_cameras_keep_their_addresses() -> None:
    """Without user and password; only what was given is told, unless all is asked for."""
    gate = {"name": "gate", "source": "rtsp://u:hunter2@10.0.0.7/a", "stride": 2}
    settings = load(None, {"cameras": [gate], "redis": {"url": "redis://:hunter2@r:6379/0"}})

    given = plain(settings, with_secrets=False)
    whole = plain(settings, with_secrets=False, given_only=False)

    assert given == {
        "redis": {"url": "redis://***@r:6379/0"},
        "cameras": [{"name": "gate", "source": "rtsp://***@10.0.0.7/a", "stride": 2}],
    }
    assert whole["cameras"][0]["priority"] == 1
    assert "hunter2" not in str(whole)
