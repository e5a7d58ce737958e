"""Answers about settings that come late, were overtaken or are refused."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from support.held_requests import Held, answers
from support.page_browser import reload
from support.page_site import PageSite
from support.waiting import eventually

pytestmark = pytest.mark.slow
Visit = Callable[..., Page]


def test_settings_are_saved_though_something_else_was(site: PageSite, visit: Visit) -> None:
    """A camera was paused, its zones were drawn: its threshold is set without a conflict."""
    http = site.service.http
    page = visit("cameras/lobby")
    expect(page.get_by_role("button", name="Add a zone")).to_be_visible()
    threshold = page.get_by_label("Threshold", exact=False).first
    expect(threshold).to_be_visible()
    for path in ("pause", "resume"):
        http.post(f"/cameras/lobby/{path}").raise_for_status()

    page.get_by_role("button", name="Add a zone").click()
    page.locator(".zones").get_by_role("button", name="Save").click()
    assert eventually(lambda: http.get("/cameras/lobby/zones").json()["zones"])
    form = page.locator("form", has=threshold)
    threshold.fill("2.6")
    form.get_by_role("button", name="Save").click()
    threshold_held = lambda: http.get("/cameras/lobby").json()["settings"]["threshold"]  # noqa: E731
    assert eventually(lambda: threshold_held() == 2.6)

    http.patch("/cameras/lobby", json={"threshold": 2.9}).raise_for_status()
    threshold.fill("3.1")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("somebody else changed it")
    assert threshold_held() == 2.9
    http.delete("/cameras/lobby/zones")


def test_a_corner_that_is_moved_while_zones_are_saved_stays(site: PageSite, visit: Visit) -> None:
    """It is not saved yet then, and can be."""
    page = visit("cameras/stairs")
    page.get_by_role("button", name="Add a zone").click()
    held = Held(page, "**/cameras/stairs/zones", "PUT")
    save = page.locator(".zones").get_by_role("button", name="Save")
    save.click()
    held.wait(1)
    page.get_by_role("button", name="Corner 3: 70 %").focus()
    page.keyboard.press("ArrowRight")

    held.let_go()

    expect(page.get_by_text("Saved")).to_be_visible()
    expect(page.get_by_role("button", name="Corner 3: 71 %")).to_be_focused()
    expect(save).to_be_enabled()
    site.service.http.delete("/cameras/stairs/zones")


def test_the_mode_that_was_chosen_last_holds(site: PageSite, visit: Visit) -> None:
    """One is sent when the one before it was answered."""
    page = visit("settings?tab=modes")
    modes = page.get_by_role("group", name="Choose a mode now")
    held = Held(page, "**/arming/mode", "PUT")
    modes.get_by_role("button", name="home").click()
    held.wait(1)
    modes.get_by_role("button", name="night").click()
    held.wait(1)

    held.let_go()
    held.wait(1)
    held.let_go()

    expect(page.locator(".bar .mode")).to_have_text("Mode: night")
    assert site.service.http.get("/arming").json()["mode"] == "night"
    site.service.http.put("/arming/mode", json={"mode": None})


def test_a_trial_counts_for_the_address_it_was_of(visit: Visit) -> None:
    """The answer about another address than the one that stands there is dropped."""
    page = visit("cameras/+")
    address = page.get_by_label("Address")
    address.fill("rtsp://10.0.0.9/stream")
    held = Held(page, "**/cameras/probe", "POST")
    address.press("Enter")
    held.wait(1)
    address.fill("rtsp://10.0.0.10/stream")

    held.let_go()

    expect(page.get_by_role("button", name="Try it")).to_be_enabled()
    expect(page.locator(".probe .wrong, .probe .right")).to_have_count(0)


def test_a_role_that_was_refused_is_not_shown(visit: Visit) -> None:
    """The list says what holds, not what was tried."""
    page = visit("watch")
    kim = {"name": "kim", "kind": "user", "role": "admin", "cameras": None, "csrf_token": "x"}
    answers(page, "**/session", kim)
    answers(page, "**/users", [{"name": "lee", "role": "viewer", "cameras": None}])
    answers(page, "**/users/lee", {"title": "Not now", "detail": "the archive is away"}, 409)
    page.evaluate("location.hash = '#/settings?tab=users'")
    reload(page)
    role = page.locator("tbody").get_by_label("May")

    role.select_option("admin")

    expect(page.get_by_text("the archive is away")).to_be_visible()
    expect(role).to_have_value("viewer")


@pytest.mark.parametrize("tab", ["users", "keys"])
def test_whoever_is_added_next_may_no_more_than_the_one_before(visit: Visit, tab: str) -> None:
    """The form proposes to see only, all cameras, before somebody was added and after."""
    page = visit("watch")
    kim = {"name": "kim", "kind": "user", "role": "admin", "cameras": None, "csrf_token": "x"}
    answers(page, "**/session", kim)
    answers(page, f"**/{tab}", [])
    page.evaluate(f"location.hash = '#/settings?tab={tab}'")
    reload(page)
    form = page.locator("form.fields")
    role, name = form.get_by_label("May"), form.get_by_label("Name")
    expect(role).to_have_value("viewer")
    role.select_option("admin")
    name.fill("lee")
    form.locator("summary").click()
    form.get_by_label("gate").uncheck()
    for password in form.get_by_label("Password").all():
        password.fill("correct horse")
    made = {"key": "shown once"}
    page.route(
        f"**/{tab}",
        lambda route: (
            route.fulfill(status=201, json=made)
            if route.request.method == "POST"
            else route.fallback()
        ),
    )

    with page.expect_request(lambda request: request.method == "POST") as sent:
        form.locator("footer button").click()

    assert sent.value.post_data_json["role"] == "admin"
    assert "gate" not in sent.value.post_data_json["cameras"]
    expect(name).to_have_value("")
    expect(role).to_have_value("viewer")
    expect(form.locator("summary")).to_have_text("All cameras")
    expect(form.get_by_label("gate")).to_be_checked()


def test_a_plan_that_somebody_else_set_meanwhile_is_not_replaced(
    site: PageSite, visit: Visit
) -> None:
    """The service refuses what was edited of the older one, and the page says why."""
    http = site.service.http
    before = http.get("/arming").json()
    names = ("time_zone", "modes", "otherwise", "calendar", "holidays")
    page = visit("cameras?tab=week")
    form = page.locator("form.calendar")
    form.get_by_role("button", name="Add a time").click()
    other = {name: before[name] for name in names}
    holidays = [{"date": "2026-12-24", "mode": "away"}]
    http.put("/arming", json={**other, "holidays": holidays}).raise_for_status()

    form.get_by_role("button", name="Save").click()

    expect(form.get_by_role("alert")).to_contain_text("somebody else changed it")
    assert http.get("/arming").json()["holidays"] == holidays
    http.put("/arming", json=other).raise_for_status()
