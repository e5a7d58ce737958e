"""What a Frigate gets, by its documented manual-event API; no Frigate is at hand."""

from support.messages import opened, system
from support.receiver import Receiver

from service.adapters.outputs.frigate import Frigate
from service.config.outputs.frigate import FrigateSettings


def test_an_alert_becomes_a_manual_event() -> None:
    """Of Frigate's own camera, with a label, a duration and the alert's title."""
    with Receiver() as receiver:
        given = {
            "name": "nvr",
            "type": "frigate",
            "url": f"http://127.0.0.1:{receiver.port}/",
            "token": "from-frigate",
            "camera_names": {"gate": "front gate"},
            "duration_s": 45,
            "allow_local": True,
        }
        output = Frigate(FrigateSettings.model_validate(given))
        output.send(opened())
        output.send(system())

    (request,) = receiver.received
    assert request.path == "/api/events/front%20gate/posewarden/create"
    assert request.headers["authorization"] == "Bearer from-frigate"
    assert request.json == {"sub_label": "Fall at gate", "duration": 45, "include_recording": True}
