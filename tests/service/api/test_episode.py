import time

import msgspec
import numpy as np
from support.api import Service, alert, opened

from inference.types import AlertEvent
from service.adapters.memory.windows import MemoryWindowStore
from tracker.types import FrameView, PersonId, Pose, Track


def test_the_poses_of_an_episode_are_streamed(service: Service) -> None:
    """Who, where and when in every frame; whether that is all of them."""
    store = MemoryWindowStore(service.alerts.site, frames=24, telemetry=service.telemetry)
    now = time.time()
    begun = msgspec.structs.replace(alert(1), opened_at=now, updated_at=now)
    for step in range(3):
        pose = Pose(np.full((17, 3), [step, 2.5, 0.5], np.float32), np.array([0, 0, 9, 90]))
        track = Track(PersonId("gate", "s", 1), step, now + step, pose)
        store.push(FrameView("gate", "s", step, now + step, 640, 480, (track,)), [])
    service.alerts.put(AlertEvent(type="opened", alert=begun), None)
    service.alerts.carry(0.0)
    service.alerts.carry(60.0)

    told = service.http.get("/alerts/alert-1/poses").json()

    assert (told["alert"], told["person"], told["width_px"]) == ("alert-1", 1, 640)
    assert (told["complete"], told["done"], told["thinned_from"]) == (True, False, None)
    assert [round(frame["at"] - now, 3) for frame in told["frames"]] == [0, 1, 2]
    (person,) = told["frames"][2]["people"]
    assert (person["number"], person["joints"][0]) == (1, [2.0, 2.5, 0.5])

    near = service.http.get("/alerts/alert-1/poses", params={"at": now + 1.2}).json()
    assert [round(frame["at"] - now, 3) for frame in near["frames"]] == [1]


def test_an_alert_of_before_has_no_poses(service: Service) -> None:
    """404 says why; an alert that is not there is 404, too."""
    service.alerts.put(opened(1), None)

    answers = [service.http.get(f"/alerts/{name}/poses") for name in ("alert-1", "alert-2")]
    assert service.http.get("/alerts/alert-1/poses?at=7").json()["frames"] == []

    assert [answer.status_code for answer in answers] == [404, 404]
    assert [answer.json()["type"].partition("#")[2] for answer in answers] == [
        "no-poses",
        "no-such-alert",
    ]
