"""`/arming` over a real server: what is armed, who chose it, and what is refused."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from support.api import Service

# A Monday to come: weeks that are years away are refused.
_TODAY = datetime.now(UTC).date()
MONDAY = _TODAY + timedelta(days=28 - _TODAY.weekday())
PLAN: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "modes": {"away": {}, "home": {"armed": False}, "night": {"cameras": [], "kinds": ["fall"]}},
    "calendar": [
        {"mode": "night", "rule": "FREQ=WEEKLY;BYDAY=MO,TU", "start": "22:00", "end": "06:00"}
    ],
    "holidays": [{"date": str(MONDAY + timedelta(days=4)), "mode": "home"}],
}


def armed(service: Service) -> tuple[bool, list[str]]:
    """Return what `/cameras` says of the gate."""
    (gate,) = service.http.get("/cameras").json()
    return gate["armed"], gate["armed_kinds"]


def test_a_site_that_sets_nothing_is_armed(service: Service) -> None:
    """In the mode away, without an end; the plan is the file's."""
    found = service.http.get("/arming").json()

    assert (found["mode"], found["chosen"], found["next"], found["origin"]) == (
        "away",
        None,
        None,
        "file",
    )
    assert found["modes"]["home"] == {"armed": False, "cameras": None, "kinds": None}
    assert armed(service)[0]
    assert "fall" in armed(service)[1]


def test_a_chosen_mode_holds_and_says_who_chose_it(service: Service) -> None:
    """Until its time; `/cameras` and the answer show it at once."""
    until = time.time() + 600
    chosen = service.http.put("/arming/mode", json={"mode": "home", "until": until})
    found = service.http.get("/arming").json()
    shown = armed(service)
    back = service.http.put("/arming/mode", json={"mode": None}).json()

    assert chosen.status_code == 200
    assert chosen.json() == found
    assert (found["mode"], found["chosen"], found["by"], found["until"]) == (
        "home",
        "home",
        "anybody",
        until,
    )
    assert found["next"] == {"at": until, "mode": "away"}
    assert shown == (False, [])
    assert (back["mode"], back["chosen"], back["by"]) == ("away", None, None)


def test_a_plan_holds_in_place_of_the_files_until_it_is_removed(service: Service) -> None:
    """And is answered as it was sent, with what was left out."""
    changed = service.http.put("/arming", json=PLAN)
    week = service.http.get("/arming/week", params={"from": str(MONDAY)}).json()
    removed = service.http.delete("/arming").json()

    found = changed.json()
    assert (changed.status_code, found["origin"], found["otherwise"]) == (200, "api", "away")
    assert found["calendar"] == [{**PLAN["calendar"][0], "since": "2024-01-01"}]
    assert found["holidays"] == PLAN["holidays"]
    assert found["modes"]["night"] == {"armed": True, "cameras": [], "kinds": ["fall"]}
    assert [block["mode"] for block in week] == [
        "away", "night", "away", "night", "away", "home", "away"
    ]  # fmt: skip
    midnight = datetime.combine(MONDAY, datetime.min.time(), ZoneInfo("Europe/Berlin"))
    assert week[0]["from"] == midnight.timestamp()
    assert all(one["to"] == other["from"] for one, other in pairwise(week))
    assert (removed["origin"], removed["time_zone"]) == ("file", "UTC")


def test_a_plan_does_not_replace_what_somebody_else_has_just_set(service: Service) -> None:
    """With `expected` it is refused, as its removal is; without it what comes last holds."""
    http = service.http
    read = http.get("/arming").json()
    first = http.put("/arming", json={**PLAN, "expected": read["version"]}).json()
    other = {**PLAN, "time_zone": "Asia/Seoul"}
    late = http.put("/arming", json={**other, "expected": read["version"]})
    late_removal = http.request("DELETE", "/arming", json={"expected": 0})
    kept = http.get("/arming").json()

    assert (read["version"], first["version"] > 0) == (0, True)
    for refused in (late, late_removal):
        assert (refused.status_code, refused.json()["code"]) == (409, "arming.changed")
        assert f"version {first['version']} by now, not 0" in refused.json()["detail"]
    assert kept == first
    mode = http.put("/arming/mode", json={"mode": "home"}).json()
    assert mode["version"] == first["version"], "a chosen mode changes no plan"
    changed = http.put("/arming", json={**other, "expected": first["version"]})
    anyhow = http.put("/arming", json=PLAN)
    assert (changed.json()["time_zone"], anyhow.status_code) == ("Asia/Seoul", 200)
    removed = http.request("DELETE", "/arming", json={"expected": anyhow.json()["version"]})
    assert (removed.status_code, removed.json()["version"]) == (200, 0)


WRONG_PLANS: list[tuple[dict[str, Any], str, str]] = [
    ({"time_zone": "Mars"}, "/time_zone", "no time zone"),
    ({"modes": PLAN["modes"] | {"away": {"cameras": ["gtae"]}}}, "/modes", "there are gate"),
    ({"modes": {"away": {"kinds": ["fal"]}}}, "/modes", "Invalid enum value"),
    ({"modes": {"away": {"kind": "fall"}}}, "/modes", "unknown field `kind`"),
    ({"modes": {}}, "", "there are 0 modes"),
    ({"modes": {"away": {"armed": False, "kinds": []}}}, "/modes/away", "leave out"),
    ({"calendar": [{"mode": "away", "rule": "FREQ=SECONDLY"}]}, "/calendar/0", "DAILY"),
    (
        {"calendar": [{"mode": "away", "rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}]},
        "/calendar/0",
        "never holds",
    ),
    (
        {"calendar": [{"mode": "away", "rule": "FREQ=DAILY", "since": "1900-01-01"}]},
        "/calendar/0",
        "must lie between",
    ),
    (
        {"calendar": [{"mode": "away", "rule": "FREQ=DAILY", "end": "24:00"}]},
        "/calendar/0/end",
        "a time of day such as 22:00",
    ),
    ({"calendar": [{"mode": "away", "rule": "FREQ=DAILY"}] * 33}, "", "at most 32"),
    ({"holidays": [{"date": "2026-02-30", "mode": "away"}]}, "/holidays/0/date", "a day such as"),
    (
        {"holidays": [{"date": "2026-12-25", "mode": each} for each in ("away", "home")]},
        "/holidays/1/date",
        "2026-12-25 is named twice",
    ),
    ({"otherwise": "party"}, "", "no mode is called 'party'"),
    ({"until": 5}, "", "unknown field"),
]
WRONG_CHOICES: list[tuple[dict[str, Any], str]] = [
    ({"mode": "party"}, "/mode"),
    ({"mode": "home", "until": 5}, "/until"),
    ({"mode": "home", "until": time.time() + 400 * 86_400}, "/until"),
    ({"mode": "home", "until": "soon"}, "/until"),
    ({"mode": None, "until": time.time() + 60}, "/until"),
    ({}, ""),
    ({"mode": "home", "untill": 5}, ""),
]


def test_a_wrong_plan_is_refused_where_it_is_wrong(service: Service) -> None:
    """And the one that holds stays."""
    for change, pointer, named in WRONG_PLANS:
        refused = service.http.put("/arming", json=PLAN | change)

        problem = refused.json()
        assert (refused.status_code, problem["pointer"]) == (422, pointer), change
        assert named in problem["detail"]
    assert service.http.get("/arming").json()["origin"] == "file"


def test_a_wrong_choice_is_refused(service: Service) -> None:
    """A mode that is not there, and times that are over or too far off."""
    for body, pointer in WRONG_CHOICES:
        refused = service.http.put("/arming/mode", json=body)

        assert (refused.status_code, refused.json()["pointer"]) == (422, pointer), body
    assert armed(service)[0]


def test_a_week_begins_today_unless_it_is_said(service: Service) -> None:
    """And not years away: somebody would have to count the days until then."""
    today = datetime.now(UTC).date()
    week = service.http.get("/arming/week").json()
    far = service.http.get("/arming/week", params={"from": str(today + timedelta(days=402))})
    wrong = service.http.get("/arming/week", params={"from": "tomorrow"})

    assert [block["mode"] for block in week] == ["away"]
    assert week[0]["to"] - week[0]["from"] == 7 * 86_400
    assert (far.status_code, wrong.status_code) == (422, 422)
    assert far.json()["pointer"] == "from"


def test_one_camera_is_disarmed_by_hand(service: Service) -> None:
    """`/cameras` shows it; the mode stays, and decides again when nobody chooses any more."""
    answer = service.http.put("/cameras/gate/armed", json={"armed": False})
    shown, mode = armed(service), service.http.get("/arming").json()["mode"]
    back = service.http.put("/cameras/gate/armed", json={"armed": None})
    unknown = service.http.put("/cameras/nowhere/armed", json={"armed": False})

    assert (answer.status_code, answer.json()) == (200, {"armed": False, "by_hand": False})
    assert (shown, mode) == ((False, []), "away")
    assert back.json() == {"armed": True, "by_hand": None}
    assert (unknown.status_code, unknown.json()["detail"][:20]) == (404, "no camera is called ")
