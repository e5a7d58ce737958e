"""Budgets of false alarms over the API: set, shown, and what came of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from support.api import MemoryParts, Service, Serving, SpeedFlow
from support.description_check import DescriptionCheck
from support.waiting import PATIENCE_S

from inference.calibration.blocks import BLOCK_S, Block
from inference.calibration.snapshot import KindCalibration, Snapshot, same
from service.adapters.database.tables import audit
from service.api.app import create_app
from service.ports.calibrations import Outlook


@pytest.fixture
def free(tmp_path: Path, described: list[DescriptionCheck]) -> Iterator[Service]:
    """A site whose camera gate has no threshold of its own."""
    parts = MemoryParts(
        tmp_path, directory=None, flow=SpeedFlow(), cameras={"gate": None, "yard": 2.0}
    )
    if not described:
        described.append(DescriptionCheck(create_app(parts.dependencies).openapi))
    hooks = {"response": described}
    with (
        Serving(parts.dependencies) as url,
        httpx.Client(base_url=url, timeout=PATIENCE_S, event_hooks=hooks) as http,
    ):
        yield parts.service(url, http)
    parts.close()


def put(service: Service, alarms: object, camera: str = "gate") -> httpx.Response:
    """Ask for a budget."""
    body = json.dumps({"alarms_per_day": alarms}).encode()
    return service.http.put(f"/cameras/{camera}/budget", content=body)


def snapshot(number: int, **more: Any) -> Snapshot:
    """A calibration of the camera gate."""
    movement = KindCalibration(
        kind="movement",
        thresholds=same(3.5),
        wanted=same(3.6),
        per_day=1.0,
        expected_per_day=0.9,
        level="camera",
        method="tail",
        bound="step",
        blocks=300,
        curve=((5.0, 1e-4), (4.0, 1e-3), (2.0, 0.1)),
    )
    made: dict[str, Any] = {
        "at": 1000.0,
        "camera": "gate",
        "per_day": 1.0,
        "recipe": "",
        "footage_h": 50.0,
        "needed_h": 24.0,
        "judged_true": 0,
        "reason": "the first",
        "kinds": (movement,),
    }
    return Snapshot(number=number, **{**made, **more})


def test_without_a_budget_nothing_is_promised(free: Service) -> None:
    """The camera says so, and one with a threshold of its own says why."""
    rows = {row["name"]: row for row in free.http.get("/cameras").json()}
    shown = free.http.get("/cameras/gate/calibration").json()

    assert rows["gate"]["promise"] == "no promise: the camera has no budget; set alarms_per_day"
    assert rows["yard"]["promise"] == "no promise: the camera has a threshold of its own"
    assert (shown["alarms_per_day"], shown["promised"], shown["in_force"]) == (None, False, None)


def test_a_budget_is_set_and_taken_back(free: Service) -> None:
    """At once in what is shown; recorded with what was before."""
    given = put(free, 1.0).json()
    by_kind = put(free, {"fall": 0.5, "movement": 2}).json()
    (row, _) = free.http.get("/cameras").json()
    reset = free.http.request("DELETE", "/cameras/gate/budget").json()
    with free.alerts.database.reading() as connection:
        rows = connection.execute(select(audit.c.action, audit.c.details)).all()

    assert (given["alarms_per_day"], given["origin"]) == (1.0, "api")
    assert given["text"] == "calibrating: nothing is known yet"
    assert by_kind["alarms_per_day"] == {"fall": 0.5, "movement": 2.0}
    assert row["alarms_per_day"] == {"fall": 0.5, "movement": 2.0}
    assert (reset["alarms_per_day"], reset["origin"]) == (None, None)
    assert [action for action, _ in rows] == ["budget.change"] * 3
    assert json.loads(rows[1][1])["before"] == {"camera": "gate", "alarms_per_day": 1.0}


@pytest.mark.parametrize(
    ("camera", "alarms", "status", "named"),
    [
        ("gate", 0.01, 422, "between 0.1 and 50"),
        ("gate", 51, 422, "between 0.1 and 50"),
        ("gate", {}, 422, "names no kind"),
        ("gate", {"person_down": 1}, 422, "person_down"),
        ("yard", 1, 422, "threshold of its own"),
        ("nobody", 1, 404, "nobody"),
    ],
)
def test_impossible_budgets_are_refused(
    free: Service, camera: str, alarms: object, status: int, named: str
) -> None:
    """The problem names the bound or the remedy."""
    refused = put(free, alarms, camera)

    assert refused.status_code == status
    assert named in refused.json()["detail"]


def test_what_was_promised_is_shown_beside_what_came(free: Service) -> None:
    """The calibration in force, its threshold also at /cameras, and the rate with its interval."""
    put(free, 1.0)
    store = free.dependencies.calibrations
    store.put_snapshot(snapshot(1))
    store.put_outlook("gate", Outlook(at=1.0, next=snapshot(2), frozen="drift", alarms=3, days=2.0))
    shown = free.http.get("/cameras/gate/calibration").json()
    (row, _) = free.http.get("/cameras").json()

    assert (shown["promised"], shown["in_force"]["number"], shown["next"]["number"]) == (True, 1, 2)
    assert shown["raised"] == {
        "alarms": 3,
        "days": 2.0,
        "per_day": 1.5,
        "low": pytest.approx(0.3093, abs=1e-4),
        "high": pytest.approx(4.3836, abs=1e-4),
    }
    assert shown["frozen"] == "drift"
    (kind,) = shown["in_force"]["kinds"]
    assert (kind["threshold"], kind["wanted"], kind["bound"]) == (3.5, 3.6, "step")
    assert (row["threshold"], row["promise"][:10]) == (3.5, "on the way")


def test_a_calibration_of_another_model_is_not_in_force(free: Service) -> None:
    """It stays in the history."""
    put(free, 1.0)
    free.dependencies.calibrations.put_snapshot(snapshot(1, recipe="another"))
    shown = free.http.get("/cameras/gate/calibration").json()

    assert (shown["in_force"], [each["number"] for each in shown["history"]]) == (None, [1])


def test_the_series_says_how_rare_it_was(free: Service) -> None:
    """Step by step; each kind's highest peak, by the camera's own calibration."""
    now = int(free.dependencies.clock() // BLOCK_S)
    blocks = [
        Block(now - 4 + place, 600.0, {"movement": (score,)}, {"movement": place}, 1)
        for place, score in enumerate([2.0, 4.0, 1.0])
    ]
    free.dependencies.calibrations.put_blocks("gate", "", blocks)
    free.dependencies.calibrations.put_snapshot(snapshot(1))
    since = str((now - 4) * BLOCK_S)
    single = free.http.get("/cameras/gate/rarity", params={"since": since}).json()
    double = free.http.get("/cameras/gate/rarity", params={"since": since, "step": "700"}).json()

    found = [point["kinds"][0] for point in single["points"]]
    assert [each["score"] for each in found] == [2.0, 4.0, 1.0]
    assert [each["once_in_hours"] for each in found] == pytest.approx([1.667, 166.667, 1.667])
    assert (double["step_s"], [point["opened"] for point in double["points"]]) == (1200.0, [1, 2])


def test_the_series_has_a_bound(free: Service) -> None:
    """More than a thousand points are refused with the remedy."""
    refused = free.http.get("/cameras/gate/rarity", params={"since": "0"})

    assert refused.status_code == 422
    assert "longer step" in refused.json()["detail"]
