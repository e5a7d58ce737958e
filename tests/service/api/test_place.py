import pytest

from service.api.place import WARN_EVERY_S, RefusalLog, WebPlace


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        ({"host": "h:8000"}, True),  # no browser
        ({"host": "h:8000", "origin": "http://h:8000"}, True),
        ({"host": "h", "origin": "https://h"}, True),
        ({"host": "127.0.0.1:8000", "origin": "https://panel.example.org"}, True),
        ({"host": "127.0.0.1:8000", "origin": "https://cameras.example.org"}, False),
        ({"host": "h", "origin": "http://panel.example.org"}, False),  # another scheme
        ({"host": "h", "origin": "https://panel.example.org.evil"}, False),
        ({"host": "h", "origin": ""}, False),
        ({"origin": "null"}, False),
    ],
)
def test_own_pages_and_named_ones_are_admitted(headers: dict[str, str], admitted: bool) -> None:
    """A proxy that replaces Host makes our own page a foreign one, unless it is named."""
    assert WebPlace(origins=("https://panel.example.org",)).admits(headers) is admitted


def test_refusals_are_logged_once_a_minute() -> None:
    """Whoever opens sockets in a loop does not fill the log; a clock set back does not mute it."""
    now, told = [1000.0], []
    log = RefusalLog(lambda: now[0], lambda origin, host: told.append((origin, host)))
    headers = {"origin": "https://" + "x" * 1000, "host": "h"}

    for step_s in (0.0, 1.0, WARN_EVERY_S, 1.0, -2 * WARN_EVERY_S):
        now[0] += step_s
        log.refused(headers)

    assert len(told) == 3
    assert len(told[0][0]) == 200
