"""`/cameras/{name}/drift`."""

import pytest
from support.api import KnownKeys, Service

from inference.drift.record import DriftRecord, DriftSign
from service.access.directory import Directory
from service.access.principal import Principal
from service.system_events import SystemEvent

SIGN = DriftSign(
    sign="scene", statistic=2300.0, limit=1000.0, at=1_800_000_000.0, apart=1.2, least_apart=0.5
)
DRIFTS = DriftRecord(number=1, state="drifting", since=1_799_990_000.0, signs=(SIGN,))


def test_a_camera_that_was_never_judged_is_ok(service: Service) -> None:
    """With no signs."""
    answer = service.http.get("/cameras/gate/drift").json()

    assert (answer["state"], answer["since"], answer["signs"]) == ("ok", None, [])
    assert service.http.get("/cameras").json()[0]["drift"] == "ok"


def test_a_drift_says_what_speaks_for_it_and_what_to_do(service: Service) -> None:
    """Signs with statistic and limit; the row at /cameras says the state."""
    service.dependencies.drift.put("gate", DRIFTS)

    answer = service.http.get("/cameras/gate/drift").json()

    assert (answer["state"], answer["since"]) == ("drifting", DRIFTS.since)
    assert answer["signs"] == [
        {
            "sign": "scene",
            "statistic": 2300.0,
            "limit": 1000.0,
            "at": 1_800_000_000.0,
            "apart": 1.2,
            "least_apart": 0.5,
        }
    ]
    assert "where people stand" in answer["reason"]
    assert "/cameras/gate/drift/accept" in answer["remedy"]
    assert service.http.get("/cameras").json()[0]["drift"] == "drifting"


def test_a_new_scene_is_accepted_once(service: Service) -> None:
    """The event is cleared at once; what does not drift cannot be accepted."""
    service.dependencies.drift.put("gate", DRIFTS)
    service.dependencies.system_events.raise_("drift", "it drifts", camera="gate")

    first = service.http.post("/cameras/gate/drift/accept", json={})
    second = service.http.post("/cameras/gate/drift/accept", json={})

    assert (first.status_code, first.json()["state"]) == (200, "recalibrating")
    assert second.status_code == 409
    assert "it is recalibrating" in second.json()["detail"]
    (event,) = service.dependencies.system_events.newest()
    assert isinstance(event, SystemEvent)
    assert event.state == "cleared"


class TestRights:
    """Who may see, and who may accept."""

    @pytest.fixture
    def directory(self) -> Directory:
        """An operator of the gate."""
        return KnownKeys(
            Principal(name="guard", role="operator", cameras=frozenset({"gate"}), kind="key")
        )

    def test_an_operator_reads_and_does_not_accept(self, service: Service) -> None:
        """Accepting changes what a camera's promise rests on."""
        headers = {"Authorization": "Bearer guard"}

        read = service.http.get("/cameras/gate/drift", headers=headers)
        accepted = service.http.post("/cameras/gate/drift/accept", json={}, headers=headers)

        assert (read.status_code, accepted.status_code) == (200, 403)
