"""What is said of outputs that are allowed, and probably not meant."""

from typing import Any

import pytest

from service.config.output_notes import output_notes
from service.config.settings import Settings


def test_what_is_probably_not_meant_is_noted() -> None:
    """Messages without links, a camera that is none, certificates that are not there."""
    output = {
        "name": "desk",
        "type": "webhook",
        "url": "https://desk.example",
        "cameras": ["gate"],
        "ca_file": "/nowhere/ca.pem",
    }
    notes = list(output_notes(Settings.model_validate({"outputs": [output]})))

    assert len(notes) == 3
    assert "public_url" in notes[0]
    assert "'gate'" in notes[1]
    assert "/nowhere/ca.pem" in notes[2]
    assert list(output_notes(Settings())) == []


@pytest.mark.parametrize(
    ("output", "host"),
    [
        ({"type": "webhook", "url": "http://127.0.0.1:9/x"}, "127.0.0.1"),
        ({"type": "webhook", "url": "http://[::1]:9/x"}, "::1"),
        ({"type": "frigate", "url": "http://localhost:5000"}, "localhost"),
        ({"type": "ntfy", "url": "http://169.254.1.1", "topic": "t"}, "169.254.1.1"),
        (
            {"type": "email", "host": "127.0.0.1", "sender": "a@b.c", "recipients": ["d@e.f"]},
            "127.0.0.1",
        ),
    ],
)
def test_a_receiver_that_is_refused_is_noted(output: dict[str, Any], host: str) -> None:
    """What the file shows is said before the first alert is lost on it; not where it is meant."""
    given = {"public_url": "http://site.example", "outputs": [{"name": "desk", **output}]}
    meant = {**given, "outputs": [{"name": "desk", "allow_local": True, **output}]}

    (note,) = output_notes(Settings.model_validate(given))
    assert f"output desk never delivers: {host} is" in note
    assert "allow_local" in note
    assert list(output_notes(Settings.model_validate(meant))) == []


def test_receivers_in_the_sites_network_are_not_noted() -> None:
    """Nor names, which may lead elsewhere when a message is sent."""
    outputs = [
        {"name": f"desk-{number}", "type": "webhook", "url": f"http://{host}/"}
        for number, host in enumerate(("192.168.1.2", "desk.example"))
    ]
    site = {"public_url": "http://site.example", "outputs": outputs}

    assert list(output_notes(Settings.model_validate(site))) == []
