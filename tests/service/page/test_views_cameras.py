"""Cameras, zones, arming and settings in a real browser."""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect
from support.page_browser import HELD
from support.page_history import give_scene
from support.page_site import PageSite, made_alert
from support.waiting import eventually

pytestmark = pytest.mark.slow
Visit = Callable[..., Page]


def test_a_zone_is_drawn_by_mouse_and_keyboard(site: PageSite, visit: Visit) -> None:
    """Corners are dragged, or moved by arrow keys; what is saved is what is seen."""
    page = visit("cameras/stairs")
    page.get_by_role("button", name="Add a zone").click()
    corner = page.get_by_role("button", name=re.compile("^Corner 1:"))
    box, place = page.locator(".zone-picture").bounding_box(), corner.bounding_box()
    assert box is not None
    assert place is not None

    page.mouse.move(place["x"] + 12, place["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.2)
    page.mouse.up()
    expect(page.get_by_role("button", name="Corner 1: 10 % from the left, 20 %")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Corner 3:")).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("button", name="Corner 3: 71 % from the left, 90 %")).to_be_visible()
    page.get_by_label("Name").fill("door")
    page.get_by_role("button", name="Save").first.click()

    zones = eventually(lambda: site.service.http.get("/cameras/stairs/zones").json()["zones"])
    assert zones[0]["name"] == "door"
    assert zones[0]["polygon"][0] == pytest.approx([0.1, 0.2], abs=0.02)
    assert zones[0]["polygon"][2] == pytest.approx([0.71, 0.9], abs=0.001)


def test_a_camera_is_added_and_paused(site: PageSite, visit: Visit) -> None:
    """What the service refuses is said where it was typed; what it takes is in the list."""
    page = visit("cameras")
    page.get_by_role("link", name="Add a camera").click()
    page.get_by_label("Name").fill("gate")
    page.get_by_label("Address").fill("rtsp://10.0.0.9/stream")
    page.get_by_role("button", name="Add a camera").click()
    expect(page.get_by_role("alert")).to_contain_text("gate")
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")

    page.get_by_label("Name").fill("attic")
    page.get_by_role("button", name="Add a camera").click()
    expect(page.locator("h1", has_text="attic")).to_be_visible()
    expect(page.locator(".state")).to_contain_text("Connecting")  # till its first picture
    page.get_by_role("button", name="Pause").click()

    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove").first.click()
    expect(page.get_by_role("link", name="Add a camera")).to_be_visible()
    assert "attic" not in [row["name"] for row in site.service.http.get("/cameras").json()]


def test_the_week_is_planned_and_a_mode_chosen(site: PageSite, visit: Visit) -> None:
    """A time of the calendar is seen in the grid; a mode holds as soon as it is chosen."""
    page = visit("cameras?tab=week")
    page.get_by_role("button", name="Add a time").click()
    page.get_by_label("Mode", exact=True).select_option("night")
    page.get_by_role("group", name="Days").get_by_role("button", name="Tue").click()
    expect(page.locator(".block[data-mode='1']").first).to_be_visible()
    page.get_by_role("button", name="Save").click()
    plan = eventually(lambda: site.service.http.get("/arming").json()["calendar"])
    assert (plan[0]["mode"], plan[0]["rule"]) == ("night", "FREQ=WEEKLY;BYDAY=MO,TU")

    zone = site.service.http.get("/arming").json()["time_zone"]
    today = datetime.now(ZoneInfo(zone)).date().isoformat()
    page.get_by_role("button", name="Add a holiday").click()
    expect(page.get_by_label("Date")).to_be_focused()
    assert page.get_by_label("Date").input_value() > today
    assert page.get_by_label("Date").get_attribute("max") == "9999-12-31"
    page.get_by_role("button", name="Add a holiday").click()
    page.get_by_label("Date").last.fill("2026-12-25")
    page.get_by_label("Date").first.fill("2026-12-25")
    expect(page.get_by_text("This date is in the list already")).to_be_visible()
    page.get_by_role("button", name="Remove").last.click()
    expect(page.get_by_text("This date is in the list already")).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    assert eventually(lambda: site.service.http.get("/arming").json()["holidays"]) == [
        {"date": "2026-12-25", "mode": "away"}
    ]
    expect(page.get_by_role("heading", name="When which mode holds")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()

    page.get_by_role("group", name="Choose a mode now").get_by_role("button", name="home").click()

    expect(page.locator(".bar .mode")).to_have_text("Mode: home")
    assert site.service.http.get("/arming").json()["mode"] == "home"
    page.get_by_role("button", name="Let the calendar decide").click()
    expect(page.get_by_role("button", name="Let the calendar decide")).to_have_count(0)


def test_health_says_it_in_a_sentence(site: PageSite, visit: Visit) -> None:
    """Everything is well, or what needs somebody stands there with its remedy."""
    page = visit("health")
    expect(page.get_by_role("heading", level=1)).to_have_text("All 6 cameras are watched")
    expect(page.get_by_text("Nothing needs you now.")).to_be_visible()

    site.away["yard"] = ("lost", "auth: the camera refuses the password")
    events = site.service.dependencies.system_events
    events.raise_("camera-lost", "for 31 s: no answer", camera="yard")
    give_scene(site, "hall", 0.4)
    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text("5 of 6 cameras are watched")
    troubles = page.locator(".troubles")
    expect(troubles).to_contain_text("refuses the password")
    expect(troubles).not_to_contain_text("for 31 s")  # as it was told then, not as it is now
    expect(troubles).to_contain_text("hall: 40 % of the time with people is not watched")
    expect(page.get_by_role("row", name="hall")).to_contain_text("40 %: too small")
    del site.away["yard"]
    events.clear("camera-lost", "it is back", camera="yard")


def answering(value: object) -> Callable[[Route], None]:
    """Answer a request with JSON of our own."""
    return lambda route: route.fulfill(json=value)


def test_nobody_alerted_is_said_first(site: PageSite, visit: Visit) -> None:
    """Whatever the cameras see: who looks at the sentence, or the wall, learns that it is lost."""
    page = visit("health")
    for missing, sentence in [
        ({"deciders": 0}, "Nobody is alerted of anything: no process decides"),
        ({"workers": []}, "Nobody is alerted of unusual movement: no worker scores"),
    ]:
        ready = site.service.http.get("/readyz").json() | missing
        page.route("**/readyz", answering(ready))
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text(sentence)

    events = site.service.dependencies.system_events
    events.raise_("no-decider", "no process decides")
    page.goto(f"{site.url}#/watch")
    page.reload()
    expect(page.get_by_role("alert")).to_have_text(
        "Nobody is alerted of anything: no process decides"
    )
    events.clear("no-decider", "a process decides")


def test_what_went_wrong_and_how_full_it_is(site: PageSite, visit: Visit) -> None:
    """What goes on stands on top with its remedy, what is over below; storage and version, too."""
    events = site.service.dependencies.system_events
    events.raise_("store-full", "the disk is 93 % full", remedy="make room", subject="disk")
    events.raise_("no-worker", "no worker answers")
    events.clear("no-worker", "a worker answers again")
    page = visit("health")

    expect(page.locator(".troubles")).to_contain_text("the disk is 93 % full")
    expect(page.locator(".troubles")).to_contain_text("make room")
    expect(page.get_by_role("row", name="No worker")).to_contain_text("over")
    expect(page.get_by_text("Posewarden", exact=True).last).to_be_visible()
    expect(page.get_by_text("not known").first).to_be_visible()
    events.clear("store-full", "there is room again", subject="disk")


def test_alerts_are_snoozed_and_the_snooze_is_ended(site: PageSite, visit: Visit) -> None:
    """By one key on an alert; what it hides and until when is listed, and can be ended."""
    alert = site.put(made_alert(1, "running", camera="hall", closed_after_s=4.0))
    page = visit(f"alerts/{alert.id}", scripts=[HELD])
    expect(page.get_by_role("heading", name="Running")).to_be_visible()
    page.keyboard.press("s")
    page.get_by_label("Why").fill("painters")
    page.get_by_role("dialog").get_by_role("button", name="Snooze").click()
    page.get_by_text("Snoozed for 60 minutes").wait_for()
    page.evaluate("dispatchEvent(new Event('pagehide'))")  # sends what waits
    assert eventually(lambda: site.service.http.get("/snoozes").json())
    expect(page.get_by_text("hall · Running: alerts are held back until")).to_be_visible()

    page.goto(f"{site.url}#/watch")
    page.reload()
    held = page.locator(".tile", has_text="hall").locator(".held")
    expect(held).to_contain_text("Running held until")

    page.goto(f"{site.url}#/health")
    held = page.get_by_role("link", name="hall · Running: alerts are held back until")
    expect(held).to_be_visible()
    held.click()
    row = page.get_by_role("row", name="painters")
    expect(row).to_contain_text("hall · Running")
    row.get_by_role("button", name="End now").click()

    expect(row).to_contain_text("over")
    assert page.evaluate("document.activeElement.ariaLabel") == "Snoozes"


def test_language_and_colours_are_chosen(visit: Visit) -> None:
    """In Korean and light at once, and after the next start, too."""
    page = visit("settings")
    page.get_by_label("한국어").check()
    expect(page.get_by_role("heading", level=1)).to_have_text("설정")
    page.get_by_label("밝게").check()

    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text("설정")
    assert page.evaluate("document.documentElement.lang") == "ko"
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
