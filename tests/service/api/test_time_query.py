import pytest

from service.api.time_query import read_time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1795852800", 1795852800.0),
        ("1795852800.25", 1795852800.25),
        ("2026-11-28T08:00:00Z", 1795852800.0),
        ("2026-11-28T09:00:00+01:00", 1795852800.0),
        ("2026-11-28T09:00:00 01:00", 1795852800.0),  # a + that nobody escaped
        ("2026-11-28T09:00 0100", 1795852800.0),
        ("2026-11-28T08:00:00.250", 1795852800.25),
        ("2026-11-28 08:00", 1795852800.0),
        ("20261128T080000Z", 1795852800.0),
        ("2026-11-28", 1795824000.0),
    ],
)
def test_epoch_seconds_and_iso_times_are_read(text: str, seconds: float) -> None:
    """A time without an offset is UTC."""
    assert read_time(text) == seconds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesterday", "2026-11-28T08:00:00Z"),
        ("2026-13-28", "is no time"),
        ("08:00", "is no time"),
        ("1795852800000", "not milliseconds"),
        ("inf", "not milliseconds"),
    ],
)
def test_what_is_no_time_is_refused_with_the_form(text: str, said: str) -> None:
    """Milliseconds would silently find nothing."""
    with pytest.raises(ValueError, match=said):
        read_time(text)
