import pytest

from service.config.exposure import open_to_others
from service.config.settings import Settings


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
    """Without a key the sentence names the address and both remedies; with one there is none."""
    said = open_to_others(Settings(host=host))

    assert (said is not None) is is_open
    assert open_to_others(Settings(host=host, api_key="open-sesame")) is None
    if said is not None:
        assert "api_key_file" in said
