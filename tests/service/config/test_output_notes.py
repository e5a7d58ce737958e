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
