"""`/near-misses` over HTTP."""

from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest
from support.api import THRESHOLD, KnownKeys, MemoryParts, Service, Serving, SpeedFlow
from support.stretches import DAY, stretch
from support.waiting import PATIENCE_S

from service.access.principal import Principal
from service.ports.stretches import KeptStretch, StretchBounds

ANN = {"X-API-Key": "ann"}
BOTH = {"gate": stretch(1, score=1.5), "yard": stretch(2, camera="yard", score=1.9)}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A site of two cameras with a near miss each."""
    parts = MemoryParts(
        tmp_path_factory.mktemp("site"),
        directory=KnownKeys(
            Principal(name="ann", role="operator", cameras=frozenset({"gate"})),
            Principal(name="root", role="admin"),
            Principal(name="guest", role="viewer"),
        ),
        flow=SpeedFlow(),
        cameras={"gate": THRESHOLD, "yard": THRESHOLD},
    )
    kept = [KeptStretch(stretch=each, sampled=False, near=True) for each in BOTH.values()]
    parts.dependencies.stretches.put(kept, StretchBounds())
    with Serving(parts.dependencies) as url, httpx.Client(base_url=url, timeout=PATIENCE_S) as http:
        yield parts.service(url, http)
    parts.close()


def listed(service: Service, key: str, **query: object) -> list[str]:
    """The cameras of the near misses that somebody is shown."""
    answer = service.http.get("/near-misses", headers={"X-API-Key": key}, params=query)  # type: ignore[arg-type]
    return [each["camera"] for each in answer.raise_for_status().json()["near_misses"]]


def test_near_misses_are_listed_by_camera_and_time(service: Service) -> None:
    """The nearest first; whoever sees some cameras is shown theirs."""
    assert listed(service, "root") == ["yard", "gate"]
    assert listed(service, "ann") == ["gate"]
    assert listed(service, "root", camera="gate") == ["gate"]
    assert listed(service, "root", since=DAY + 100) == []
    assert listed(service, "root", limit=1) == ["yard"]

    answer = service.http.get("/near-misses", headers=ANN).json()["near_misses"][0]
    shown = {name: answer[name] for name in ("kind", "track", "score", "threshold", "rarity")}
    assert shown == {"kind": "movement", "track": 1, "score": 1.5, "threshold": 2.0, "rarity": None}


def test_each_pose_of_a_near_miss_is_shown_once(service: Service) -> None:
    """Windows overlap by all but three poses; times step by the model's grid."""
    told = service.http.get(f"/near-misses/{BOTH['gate'].id}/poses", headers=ANN).json()

    times = [frame["at"] for frame in told["frames"]]
    assert len(times) == 24 + 2 * 3
    assert all(0.03 < b - a < 0.05 for a, b in pairwise(times))
    assert (told["person"], told["width_px"], told["complete"], told["done"]) == (
        1,
        640,
        True,
        True,
    )


def test_a_label_is_kept_and_recorded(service: Service) -> None:
    """One act; a later word replaces it; a viewer may say nothing."""
    path = f"/near-misses/{BOTH['gate'].id}/verdict"
    first = service.http.post(path, json={"verdict": "unsure"}, headers=ANN)
    second = service.http.post(path, json={"verdict": True}, headers=ANN)
    refused = service.http.post(path, json={"verdict": "true"}, headers={"X-API-Key": "guest"})
    wrong = service.http.post(path, json={"verdict": "maybe"}, headers=ANN)

    assert (first.json()["label"], second.json()["label"]) == ("unsure", "true")
    assert second.json()["label_by"] == "ann"
    assert (refused.status_code, wrong.status_code) == (403, 422)
    query = {"action": "near-miss.verdict"}
    log = service.http.get("/audit", headers={"X-API-Key": "root"}, params=query).json()
    newest = log["entries"][0]
    assert newest["author"] == "ann"
    assert newest["before"]["verdict"] == "unsure"
    assert newest["after"]["verdict"] == "true"
    assert service.telemetry.value("near_misses_labelled_total", label="true") == 1


def test_what_one_may_not_see_is_as_unknown_as_what_is_not_there(service: Service) -> None:
    """By poses and by label, whatever the id looks like."""
    names = (BOTH["yard"].id, "0" * 24, "..%2F..")
    answers = [service.http.get(f"/near-misses/{name}/poses", headers=ANN) for name in names]
    answers += [
        service.http.post(f"/near-misses/{name}/verdict", json={"verdict": "true"}, headers=ANN)
        for name in names[:2]
    ]

    assert {answer.status_code for answer in answers} == {404}
    hidden = service.http.get("/near-misses", headers=ANN, params={"camera": "yard"})
    assert hidden.status_code == 404
