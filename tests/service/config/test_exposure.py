import pytest

from service.config.exposure import open_to_others, require_proof
from service.config.settings import Settings
from tracker.errors import ConfigError


@pytest.mark.parametrize(
    ("host", "is_open"),
    [
        ("127.0.0.1", False),
        ("127.8.0.1", False),
        ("localhost", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("0.0.0.0", True),
        ("::", True),
        ("", True),
        ("10.0.0.7", True),
        ("camera-host", True),
    ],
)
def test_addresses_that_others_reach_want_a_key(host: str, is_open: bool) -> None:
    """Without a key the sentence names the address and the remedies; with one there is none."""
    said = open_to_others(Settings(host=host))

    assert (said is not None) is is_open
    assert open_to_others(Settings(host=host, api_key="open-sesame")) is None
    if said is not None:
        assert "api_key_file" in said
        assert "posewarden users add" in said


@pytest.mark.parametrize(
    ("host", "people", "refused"),
    [
        ("0.0.0.0", False, True),
        ("0.0.0.0", True, False),
        ("0.0.0.0", None, False),  # a database that is away: nobody comes in before it is read
        ("127.0.0.1", False, False),
    ],
)
def test_a_site_that_would_be_everybodys_does_not_start(
    host: str, people: bool | None, refused: bool
) -> None:
    """Other machines reach it, it has no key, and nobody was ever made: refused with remedies."""
    settings = Settings(host=host)
    if not refused:
        require_proof(settings, lambda _: people)
        return
    with pytest.raises(ConfigError, match="everybody who reaches it would be admin"):
        require_proof(settings, lambda _: people)
