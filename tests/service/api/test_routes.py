import dataclasses
import time
from collections.abc import Callable

import msgspec
import pytest
from support.api import CLIP, FRAMES, Service, opened

from inference.provider_choice import BatchChoice
from service.api.routes import readiness
from service.types import WorkerStatus
from tracker.errors import StoreRefuses
from tracker.types import CameraState, CameraStatus


def test_alerts_page_newest_first(service: Service) -> None:
    """Pages of alerts join without overlap; the last one has no cursor."""
    for number in range(5):
        service.alerts.put(opened(number), None)
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = service.http.get("/alerts", params=query).json()
        seen += [alert["id"] for alert in page["alerts"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == [f"alert-{number}" for number in reversed(range(5))]
    assert len(service.http.get("/alerts?since=1003").json()["alerts"]) == 2


def test_one_alert_has_its_poses(service: Service) -> None:
    """An alert asked for by id has the clip beside its fields; without one they are null."""
    service.alerts.put(opened(1), CLIP)
    service.alerts.put(opened(2), None)

    with_clip, without = (service.http.get(f"/alerts/alert-{n}").json() for n in (1, 2))
    assert (with_clip["id"], with_clip["fps"], len(with_clip["poses"])) == ("alert-1", 24.0, FRAMES)
    assert without["poses"] is None


@pytest.mark.parametrize(
    ("path", "status", "pointer"),
    [
        ("/alerts/none", 404, None),
        ("/alerts/%00", 404, None),
        ("/nowhere", 404, None),
        ("/score", 405, None),
        ("/alerts?limit=0", 422, "limit"),
        ("/alerts?limit=x", 422, "limit"),
        ("/alerts?since=nan", 422, "since"),
        ("/alerts?cursor=@", 422, "cursor"),
        ("/alerts?camera=%00", 422, "camera"),
        ("/alerts?verdict=no", 422, "verdict"),
        ("/alerts?kind=falls", 422, "kind"),
    ],
)
@pytest.mark.slow
def test_every_error_is_a_problem(
    service: Service, path: str, status: int, pointer: str | None
) -> None:
    """Whatever goes wrong, the answer is application/problem+json."""
    answer = service.http.get(path)

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json().get("pointer") == pointer


def test_cameras_are_told_without_credentials(service: Service) -> None:
    """Configured cameras that never reported are connecting; reasons hold no password."""
    assert service.http.get("/cameras").json()[0]["state"] == "connecting"
    reason = "rtsp://user:secret@host/1 refused"
    service.site_status.report(CameraStatus("gate", "lost", 0.0, None, 2, reason))

    (camera,) = service.http.get("/cameras").json()
    assert (camera["name"], camera["state"], camera["reconnects"]) == ("gate", "lost", 2)
    assert camera["reason"] == "rtsp://***@host/1 refused"


def test_an_overloaded_camera_tells_both_rates(service: Service) -> None:
    """What the source gives and what is looked at stand side by side, with the priority."""
    notes = ("overloaded: looking at 4.1 of 10.0 frames/s",)
    status = CameraStatus("gate", "live", 4.126, 99.0, 0, None, notes, 10.0, 3, True)
    service.site_status.report(status)

    (camera,) = service.http.get("/cameras").json()
    assert (camera["fps"], camera["source_fps"]) == (4.13, 10.0)
    assert (camera["priority"], camera["overloaded"], camera["state"]) == (3, True, "live")
    assert camera["notes"] == list(notes)


@pytest.mark.parametrize(
    ("state", "too_few", "watched"),
    [("live", False, True), ("live", True, False), ("stalled", False, False)],
)
def test_a_camera_is_watched_while_people_can_be_scored(
    service: Service, state: CameraState, too_few: bool, watched: bool
) -> None:
    """Live alone is not enough; the outage that a camera is in stands beside it."""
    unknown = service.http.get("/cameras").json()[0]
    since = 90.0 if state == "stalled" else None
    service.site_status.report(
        CameraStatus("gate", state, 1, 99.0, 0, None, too_few_frames=too_few, lost_since=since)
    )

    (camera,) = service.http.get("/cameras").json()
    assert (unknown["watched"], unknown["lost_since"]) == (False, None)
    assert (camera["watched"], camera["lost_since"]) == (watched, since)


def test_readiness_needs_a_worker_with_our_model(service: Service) -> None:
    """With cameras configured the service is ready once a worker lives and runs our model."""

    def beat(model: str) -> None:
        provider = "CPUExecutionProvider"
        service.site_status.heartbeat(
            WorkerStatus(
                name="w", model=model, provider=provider, wanted="auto", beat_at=time.time()
            )
        )

    absent = service.http.get("/readyz")
    beat("cd" * 32)
    strange = service.http.get("/readyz")
    beat("ab" * 32)
    service.site_status.report(CameraStatus("gate", "ended", 0.0, 1.0, 0, None))
    ready = service.http.get("/readyz")

    assert [absent.status_code, strange.status_code, ready.status_code] == [503, 503, 200]
    assert "worker" in absent.json()["reasons"][0]
    assert ready.json()["model"]["provider"] == "CPUExecutionProvider"
    assert ready.json()["cameras"] == {"gate": "ended"}


def test_readiness_shows_which_provider_serves_which_batch(service: Service) -> None:
    """Each worker's choices stand beside its name with the times they were made by."""
    choice = BatchChoice(
        windows=64,
        provider="CUDAExecutionProvider",
        seconds={"CPUExecutionProvider": 2e-3, "CUDAExecutionProvider": 1e-3},
    )
    service.site_status.heartbeat(
        WorkerStatus(
            name="w",
            model="ab" * 32,
            provider="CUDAExecutionProvider",
            wanted="auto",
            beat_at=time.time(),
            batches=(choice,),
        )
    )

    state = service.http.get("/readyz").json()

    assert state["workers"][0]["batches"] == [msgspec.structs.asdict(choice)]
    assert state["batches"] == []


class TestStoreThatRefuses:
    """A store that answers, but takes no writes."""

    @pytest.fixture
    def check_store(self) -> Callable[[], None]:
        def refuse() -> None:
            raise StoreRefuses("Redis refuses writes: memory is full; raise maxmemory")

        return refuse

    def test_readiness_names_it_and_not_the_workers(self, service: Service) -> None:
        """No worker can give a sign of life there, which is not the workers' fault."""
        answer = service.http.get("/readyz")

        assert (answer.status_code, answer.json()["redis"]) == (503, False)
        assert answer.json()["reasons"] == ["Redis refuses writes: memory is full; raise maxmemory"]
        assert answer.json()["cameras"] == {"gate": "connecting"}


def test_readiness_says_that_nothing_is_saved(service: Service) -> None:
    """Redis answers and alerts go on, yet the operator must make room."""
    dependencies = dataclasses.replace(service.dependencies, read_unsaved=lambda: "disk full")

    state = readiness(dependencies)

    assert (state.ready, state.redis) == (False, True)
    assert "disk full" in state.reasons


def test_answers_are_for_our_own_page(service: Service) -> None:
    """No page of another host may read them."""
    assert "access-control-allow-origin" not in service.http.get("/healthz").headers
    assert service.http.get("/metrics").text.startswith("posewarden_")
