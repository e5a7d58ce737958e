"""What people do about cameras and the site itself, in Firefox and in Chromium."""

import time

import msgspec
import pytest
from support import camera_acts, settings_acts
from support.page_acts import accept_drift, go, has, says, try_model
from support.page_driver import ChromiumTab, Driver
from support.page_history import give_model
from support.page_site import PageSite, made_alert, page_site, playing
from support.waiting import eventually

from inference.drift.record import DriftRecord, DriftSign
from service.ports.canary import CanaryShowing

pytestmark = pytest.mark.slow


def test_a_camera_is_tried_added_and_paused(site: PageSite, driver: Driver) -> None:
    """What is wrong with it is said first; it gets a budget, is paused, resumed and removed."""
    camera_acts.add_camera(driver, site.url, "attic")
    camera_acts.set_limit(driver, site.url, "attic", "per_day", "2")
    path = "/cameras/attic/calibration"
    assert eventually(lambda: site.service.http.get(path).json().get("alarms_per_day") == 2)
    camera_acts.pause_and_remove_camera(driver)

    assert "attic" not in site.service.http.get("/cameras").text


def test_a_camera_that_can_judge_nobody_is_marked(site: PageSite, driver: Driver) -> None:
    """On the wall and in Health's sentence; it is watched again as soon as it can."""
    site.slow["lobby"] = 0.8
    go(driver, site.url, "watch")
    has(driver, ".tile[data-state=unwatched] .away", "Not watched")
    # Of a camera that was just removed Health would ask what is promised.
    driver.becomes("document.querySelectorAll('.tile').length === 6")
    go(driver, site.url, "health")
    has(driver, "main h1", "5 of 6 cameras are watched")
    del site.slow["lobby"]
    has(driver, "main h1", "All 6 cameras are watched")


def test_a_zone_is_drawn_by_keyboard(site: PageSite, driver: Driver) -> None:
    """Its corners are moved by arrow keys; what is saved is what is seen."""
    path = "/cameras/stairs/zones"
    camera_acts.draw_zone(driver, site.url, "stairs", "door")

    zones = eventually(lambda: site.service.http.get(path).json()["zones"])
    assert zones[0]["name"] == "door"
    assert zones[0]["polygon"][2] == pytest.approx([0.71, 0.9], abs=0.001)
    site.service.http.delete(path)


def test_a_threshold_is_set(site: PageSite, driver: Driver) -> None:
    """On the camera's page; the service holds what was typed."""
    http = site.service.http
    path = "/cameras/lobby"
    before = http.get(path).json()["settings"]["threshold"]
    camera_acts.set_limit(driver, site.url, "lobby", "threshold", "2.7")
    assert eventually(lambda: http.get(path).json()["settings"]["threshold"] == 2.7)
    http.patch(path, json={"threshold": before}).raise_for_status()


def test_the_week_is_planned(site: PageSite, driver: Driver) -> None:
    """A time of the calendar, a holiday, and a mode until the calendar decides again."""
    http = site.service.http
    before = http.get("/arming").json()
    camera_acts.plan_week(driver, site.url)

    plan = http.get("/arming").json()
    assert (plan["calendar"][0]["mode"], plan["calendar"][0]["rule"]) == (
        "night", "FREQ=WEEKLY;BYDAY=MO,TU",
    )  # fmt: skip
    assert plan["holidays"] == [{"date": "2026-12-12", "mode": "away"}]
    assert plan["chosen"] is None
    names = ("time_zone", "modes", "otherwise", "calendar", "holidays")
    http.put("/arming", json={name: before[name] for name in names}).raise_for_status()


def test_an_output_is_added_tested_and_removed(site: PageSite, driver: Driver) -> None:
    """By keyboard; why the test reached nobody is said, and who added it is on record."""
    settings_acts.add_output(driver, site.url, "desk")
    settings_acts.remove_output(driver)
    go(driver, site.url, "settings?tab=audit")
    has(driver, "tbody", "added an output")
    assert site.service.http.get("/outputs").json() == []


def test_the_page_is_read_in_korean(site: PageSite, driver: Driver) -> None:
    """In other colours, too: at once, and after the next start."""
    settings_acts.choose_korean(driver, site.url)


def test_a_new_scene_is_taken_as_usual(site: PageSite, driver: Driver) -> None:
    """By an administrator, on the camera's own page; it learns it then."""
    sign = DriftSign(
        sign="scene", statistic=2300.0, limit=1000.0, at=time.time(), apart=1.2, least_apart=0.5
    )
    known = site.service.dependencies.drift.of(["hall"])["hall"].number  # by the other browser
    drifts = DriftRecord(
        number=known + 1, state="drifting", since=time.time() - 7200, signs=(sign,)
    )
    site.service.dependencies.drift.put("hall", drifts)

    accept_drift(driver, site.url, "hall")

    assert site.service.http.get("/cameras/hall/drift").json()["state"] == "recalibrating"


def test_a_failed_canary_needs_somebody(site: PageSite, driver: Driver) -> None:
    """Health says at which stage the drawn fall was lost, and what to do."""
    failed = CanaryShowing(
        process="camera-1", path="motion", state="failed", at=time.time(), stage="detect",
        reason="nobody was found in any picture", remedy="fetch the weights anew", failures=1,
    )  # fmt: skip
    site.service.dependencies.canary.put(failed)

    go(driver, site.url, "health")

    says(driver, "nobody was found in any picture; fetch the weights anew")
    has(driver, ".troubles", "camera-1")
    passed = msgspec.structs.replace(failed, state="passed", stage=None, reason="", remedy="")
    site.service.dependencies.canary.put(passed)


def test_a_model_is_tried_and_its_trial_ended(
    site: PageSite, driver: Driver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its row has the buttons; what the trial has shown stands below."""
    name = "harbour" if isinstance(driver, ChromiumTab) else "lighthouse"
    give_model(site, tmp_path_factory.mktemp("model"), name)

    try_model(driver, site.url, name)

    assert site.service.http.get("/models/shadow").json()["model"] is None


def test_a_site_is_begun_with(driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The first start, people and keys, asking who one is, and who may only look; on its own."""
    with page_site(tmp_path_factory.mktemp("first"), 1) as site, playing(site):
        alert = site.put(made_alert(1, "fall"))
        settings_acts.start_first(driver, site.url)
        settings_acts.add_person(driver, site.url, "lee")
        key = settings_acts.make_key(driver, site.url, "cron")
        session = site.service.http.get("/session", headers={"X-API-Key": key})
        assert session.json()["name"] == "cron"
        settings_acts.remove_key(driver, "cron")
        settings_acts.sign_out(driver, site.url)
        settings_acts.sign_in(driver, "lee", "a horse of three staples")
        has(driver, "[role=alert]", "Name or password is wrong.")
        settings_acts.sign_in(driver, "lee")
        has(driver, ".bar")
        settings_acts.look_only(driver, site.url, alert.id)
        settings_acts.sign_out(driver, site.url)
        settings_acts.sign_in(driver, "kim")
        has(driver, ".bar")
        settings_acts.remove_person(driver, site.url, "lee")
        driver.visit("about:blank")
