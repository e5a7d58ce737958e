"""`/watched` and `/cameras/{name}/watched`."""

import time

import pytest
from support.api import KnownKeys, Service

from service.access.directory import Directory
from service.access.principal import Principal
from tracker.scene_block import BLOCK_S, SceneBlock


def put(service: Service, hours_ago: float, people_s: float, unwatched: dict[str, float]) -> float:
    """Keep a block of the gate; return when it began."""
    number = int((time.time() - hours_ago * 3600) // BLOCK_S)
    block = SceneBlock(number, 590.0, people_s, unwatched)  # type: ignore[arg-type]
    service.dependencies.scenes.put("gate", "s", [block])
    return block.begin_at


def test_a_camera_without_people_has_no_hours(service: Service) -> None:
    """Nothing is said of what nobody saw."""
    answer = service.http.get("/cameras/gate/watched").json()
    (row,) = service.http.get("/watched").json()

    assert (answer["camera"], answer["hours"]) == ("gate", [])
    assert (row["people_s"], row["main_reason"], row["text"]) == (0.0, None, None)


def test_hours_add_up_their_blocks(service: Service) -> None:
    """By reason; one row an hour, the oldest first."""
    put(service, 5.0, 100.0, {"too-small": 30.0, "cut-off": 10.0})
    later = put(service, 1.0, 50.0, {})

    hours = service.http.get("/cameras/gate/watched").json()["hours"]

    assert [hour["people_s"] for hour in hours] == [100.0, 50.0]
    assert (hours[0]["unwatched_s"], hours[0]["reasons"]) == (
        40.0,
        {"too-small": 30.0, "cut-off": 10.0},
    )
    assert hours[1]["from"] == later // 3600 * 3600


def test_a_time_can_be_chosen(service: Service) -> None:
    """From the hour that holds its beginning; weeks ago there is nothing."""
    at = put(service, 60.0, 100.0, {})

    def hours(**query: float) -> int:
        return len(service.http.get("/cameras/gate/watched", params=query).json()["hours"])

    assert (hours(), hours(since=at), hours(since=at + 7200)) == (0, 1, 0)
    assert hours(since=at - 90 * 86_400) == 1


def test_a_time_that_ends_before_it_begins_is_refused(service: Service) -> None:
    """With the values."""
    answer = service.http.get("/cameras/gate/watched", params={"since": 2000, "until": 1000})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "since 2000 is after until 1000"


def test_the_main_reason_is_a_sentence(service: Service) -> None:
    """As code and parameters, so that it can be said in any language."""
    put(service, 3.0, 1000.0, {"too-small": 170.0, "cut-off": 10.0})

    (row,) = service.http.get("/watched").json()

    assert row["main_reason"] == "too-small"
    parameters = {"camera": "gate", "percent": 18, "least_px": 70}
    assert row["sentence"] == {"code": "too-small", "parameters": parameters}
    assert row["text"] == (
        "gate: 18 % of the time with people is not watched: people are too small (below 70 px)"
    )


class TestRights:
    """Who may see the camera sees its hours."""

    @pytest.fixture
    def directory(self) -> Directory:
        """A guard of another camera."""
        return KnownKeys(
            Principal(name="yards", role="viewer", cameras=frozenset({"yard"}), kind="key")
        )

    def test_others_see_none(self, service: Service) -> None:
        """As if there were no such camera."""
        headers = {"Authorization": "Bearer yards"}

        one = service.http.get("/cameras/gate/watched", headers=headers)
        every = service.http.get("/watched", headers=headers)

        assert one.status_code == 404
        assert every.json() == []
