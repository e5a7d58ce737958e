"""Answers that come late, acts that wait, and keys that come before anything is drawn again."""

import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect
from support.page_browser import HELD
from support.page_site import PageSite, changed, made_alert
from support.waiting import eventually

from inference.types import Alert

pytestmark = pytest.mark.slow
Visit = Callable[..., Page]
_numbers = count(1)  # no two tests share an alert
# What happens between a key and the next picture: nothing is drawn, and no timer runs.
PRESSED_N = """async () => {
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true }));
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  return document.activeElement.tagName;
}"""
NEWEST = """async () => {
  const { newestOnly } = await import(new URL('page/core/order.js', location.href));
  const ask = newestOnly();
  const [older, newer] = [ask(), ask()];
  return [newer(), older(), ask()()];
}"""
# What the page knows of an alert, whatever of it is drawn.
KNOWN = """async ([id, name]) => {
  const { alertOf } = await import(new URL('page/core/alerts.js', location.href));
  return alertOf(id)?.[name] ?? null;
}"""
# What is asked last is answered last: whatever was answered before it was taken.
ASKED = "fetch('snoozes').then((answer) => answer.text())"
SEND = "dispatchEvent(new Event('pagehide'))"


class Held:
    """Requests that wait until the test lets them go, with the answers of their time."""

    def __init__(self, page: Page, path: str, method: str) -> None:
        self._page = page
        self._routes: list[tuple[Route, APIResponse]] = []
        self._method = method
        page.route(path, self._take)

    def _take(self, route: Route) -> None:
        if route.request.method == self._method:
            self._routes.append((route, route.fetch()))
        else:
            route.continue_()

    def wait(self, requests: int) -> None:
        """Wait until so many were answered by the service."""
        # Its routes are handled while the page is asked something.
        assert eventually(lambda: self._page.evaluate("true") and len(self._routes) == requests)

    def let_go(self) -> None:
        """Let the page have the answers."""
        for route, answer in self._routes:
            route.fulfill(response=answer)
        self._routes.clear()


@pytest.fixture
def alert(site: PageSite) -> Alert:
    """An open alert of a camera of these tests."""
    return site.put(made_alert(next(_numbers), "fall", camera="yard"))


def acts_of(site: PageSite, alert: Alert) -> list[tuple[str, str | None]]:
    """Return what was done about an alert, and which verdict was given."""
    detail = site.service.http.get(f"/alerts/{alert.id}").json()
    return [(act["type"], act["verdict"]) for act in detail["acts"]]


def test_an_older_list_takes_no_act_back(site: PageSite, visit: Visit, alert: Alert) -> None:
    """What somebody did while the list was read holds, though the list comes after it."""
    elsewhere = site.put(made_alert(next(_numbers), "running", camera="hall"))
    page = visit("alerts")
    expect(page.locator(f"[data-row='{elsewhere.id}']")).to_be_visible()
    held = Held(page, "**/alerts?camera=yard*", "GET")
    page.evaluate("location.hash = '#/alerts?camera=yard'")
    held.wait(2)
    row = page.locator(f"[data-row='{alert.id}']")
    # What the filters have ruled out is gone at once, what fits them is there.
    expect(row).to_be_visible()
    expect(page.locator(f"[data-row='{elsewhere.id}']")).to_have_count(0)

    site.service.http.post(f"/alerts/{alert.id}/acknowledge").raise_for_status()
    expect(row).to_contain_text("Acknowledged")
    with page.expect_response("**/alerts?camera=yard*"):
        held.let_go()
    late = site.put(made_alert(next(_numbers), "fight", camera="yard"))

    expect(page.locator(f"[data-row='{late.id}']")).to_be_visible()  # by now it was taken
    expect(row).to_contain_text("Acknowledged")


def test_acts_wait_side_by_side(site: PageSite, visit: Visit, alert: Alert) -> None:
    """Undoing one leaves the others; another verdict takes the place of one that still waits."""
    page = visit(f"alerts/{alert.id}", scripts=[HELD])
    expect(page.locator("article.alert h1")).to_contain_text("Fall")
    pressed = page.get_by_role("button", pressed=True)
    for key in ("a", "t", "z"):
        page.keyboard.press(key)
    expect(page.get_by_text("Undone.")).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledged")).to_be_disabled()

    page.keyboard.press("t")
    page.keyboard.press("f")
    expect(page.locator(".acts").get_by_role("button", pressed=True)).to_have_text("Not an alarm f")
    expect(page.get_by_role("button", name="Undo")).to_have_count(2)
    page.evaluate(SEND)  # what waits

    # What was sent cannot be undone any more.
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert eventually(lambda: len(acts_of(site, alert)) == 2)
    assert sorted(acts_of(site, alert)) == [("acknowledged", None), ("verdict", "false")]
    expect(pressed.first).to_be_visible()


def test_a_late_acknowledgement_hides_nothing_that_was_raised_again(
    site: PageSite, visit: Visit, alert: Alert
) -> None:
    """It was answered after the socket told that the alert became more severe."""
    page = visit(f"alerts/{alert.id}", scripts=[HELD])
    button = page.locator(".acts button").first
    expect(button).to_have_text("Acknowledge a")
    held = Held(page, "**/acknowledge", "POST")
    page.keyboard.press("a")
    expect(button).to_be_disabled()
    page.evaluate(SEND)
    held.wait(1)
    # Where it is listed: what is shown alone is read again, and would be right in the end.
    page.evaluate("location.hash = '#/alerts?camera=yard'")
    row = page.locator(f"[data-row='{alert.id}']")
    expect(row).to_contain_text("Acknowledged")

    site.put(changed(alert, kind="person_down"), event="updated", poses=False)
    expect(row).not_to_contain_text("Acknowledged")
    with page.expect_response("**/acknowledge"):
        held.let_go()
    page.evaluate(ASKED)

    assert page.evaluate(KNOWN, [alert.id, "acknowledged_at"]) is None
    expect(row).not_to_contain_text("Acknowledged")
    assert acts_of(site, alert) == [("acknowledged", None), ("raised", None)]


def test_an_acknowledgement_that_waits_is_not_sent_for_what_is_raised_again(
    site: PageSite, visit: Visit, alert: Alert
) -> None:
    """Whoever pressed the key has not seen why; a verdict that waits is sent."""
    page = visit(f"alerts/{alert.id}", scripts=[HELD])
    button = page.locator(".acts button").first
    expect(button).to_have_text("Acknowledge a")
    for key in ("a", "t"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Undo")).to_have_count(2)

    site.service.http.post(f"/alerts/{alert.id}/acknowledge").raise_for_status()
    site.put(changed(alert, kind="person_down"), event="updated", poses=False)

    expect(page.get_by_text("your acknowledgement was not sent")).to_be_visible()
    expect(button).to_be_enabled()
    expect(page.get_by_role("button", name="Undo")).to_have_count(1)
    page.evaluate(SEND)
    done = [("acknowledged", None), ("raised", None), ("verdict", "true")]
    assert eventually(lambda: acts_of(site, alert) == done)
    expect(button).to_be_enabled()


def test_notes_are_counted_though_one_comes_before_the_list(
    site: PageSite, visit: Visit, alert: Alert
) -> None:
    """The socket tells of the fourth note while the page does not know the first three."""
    http = site.service.http
    for text in ("one", "two", "three"):
        http.post(f"/alerts/{alert.id}/notes", json={"text": text}).raise_for_status()
    page = visit("alerts?camera=yard")
    held = Held(page, "**/alerts?*", "GET")
    frames: list[str] = []
    keep = lambda frame: frames.append(str(frame))  # noqa: E731
    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    page.reload()
    assert eventually(lambda: page.evaluate("true") and any('"joined"' in each for each in frames))

    http.post(f"/alerts/{alert.id}/notes", json={"text": "four"}).raise_for_status()
    assert eventually(lambda: page.evaluate(KNOWN, [alert.id, "notes"]) == 4)
    held.let_go()
    page.evaluate(ASKED)

    expect(page.locator(f"[data-row='{alert.id}']")).to_contain_text("4 notes")


def test_what_is_typed_after_a_key_is_for_its_dialog(visit: Visit, alert: Alert) -> None:
    """However fast it comes: "n" and a word acknowledge and judge nothing."""
    page = visit(f"alerts/{alert.id}")
    expect(page.locator("article.alert h1")).to_contain_text("Fall")

    assert page.evaluate(PRESSED_N) == "TEXTAREA"


def test_what_is_typed_into_the_search_stays(site: PageSite, visit: Visit, alert: Alert) -> None:
    """Alerts that come meanwhile do not set the field back; Clear does."""
    page = visit("alerts")
    expect(page.locator(f"[data-row='{alert.id}']")).to_be_visible()
    search = page.get_by_role("searchbox")
    search.press_sequentially("pain")

    newer = site.put(made_alert(next(_numbers), "fight", camera="yard"))
    expect(page.locator(f"[data-row='{newer.id}']")).to_be_visible()
    search.press_sequentially("ters")
    search.press("Enter")

    expect(page).to_have_url(f"{site.url}#/alerts?text=painters")
    page.get_by_role("button", name="Clear").click()
    expect(search).to_have_value("")


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


def test_an_answer_that_was_overtaken_is_not_taken(visit: Visit) -> None:
    """Of two that read the same, the one that was asked first does not hold over the other."""
    page = visit()

    assert page.evaluate(NEWEST) == [True, False, True]


def answers(page: Page, path: str, value: object, status: int = 200) -> None:
    """Answer what is asked for with JSON of the test's own."""
    page.route(path, lambda route: route.fulfill(status=status, json=value))


def test_a_role_that_was_refused_is_not_shown(visit: Visit) -> None:
    """The list says what holds, not what was tried."""
    page = visit("watch")
    kim = {"name": "kim", "kind": "user", "role": "admin", "cameras": None, "csrf_token": "x"}
    answers(page, "**/session", kim)
    answers(page, "**/users", [{"name": "lee", "role": "viewer", "cameras": None}])
    answers(page, "**/users/lee", {"title": "Not now", "detail": "the archive is away"}, 409)
    page.evaluate("location.hash = '#/settings?tab=users'")
    page.reload()
    role = page.locator("tbody").get_by_label("May")

    role.select_option("admin")

    expect(page.get_by_text("the archive is away")).to_be_visible()
    expect(role).to_have_value("viewer")


def test_older_changes_belong_to_the_filter_they_were_read_for(visit: Visit) -> None:
    """They do not join a list that was filtered otherwise meanwhile."""
    entry = {"at": 1000.0, "origin": "here", "before": None, "after": None}
    first = {**entry, "id": 2, "author": "kim", "action": "arming.mode"}
    older = {**entry, "id": 1, "author": "lee", "action": "zones.change"}
    page = visit("watch")
    waiting: list[Route] = []
    answers(page, "**/audit?*", {"entries": [first], "next": "older"})
    page.route("**/audit?*cursor=older", lambda route: waiting.append(route))
    page.evaluate("location.hash = '#/settings?tab=audit'")
    page.get_by_role("button", name="Older").click()
    assert eventually(lambda: page.evaluate("true") and waiting)

    page.get_by_label("What").select_option("arming")
    expect(page).to_have_url(re.compile("action=arming"))
    with page.expect_response("**/audit?*cursor=older"):
        waiting[0].fulfill(json={"entries": [older], "next": None})

    page.get_by_role("button", name="Older").wait_for()
    expect(page.get_by_role("row", name="lee")).to_have_count(0)


def test_an_act_that_was_refused_is_said_with_its_reason(visit: Visit) -> None:
    """What was not done stands in brackets, so that the reason is not read as a part of it."""
    page = visit("watch")
    page.evaluate(
        """async () => {
          const { snooze } = await import(new URL('page/core/acts.js', location.href));
          const what = { camera: 'cellar', seconds: 3600, reason: 'dance' };
          snooze(what, 'Snoozed for 60 minutes: cellar');
          dispatchEvent(new Event('pagehide')); // nobody waits for five seconds
        }"""
    )

    said = page.get_by_text(re.compile(r"^Not done \(Snoozed for 60 minutes: cellar\)\. .*cellar"))
    expect(said).to_be_visible()


@pytest.mark.parametrize("tab", ["users", "keys"])
def test_whoever_is_added_next_may_no_more_than_the_one_before(visit: Visit, tab: str) -> None:
    """The form proposes to see only, all cameras, before somebody was added and after."""
    page = visit("watch")
    kim = {"name": "kim", "kind": "user", "role": "admin", "cameras": None, "csrf_token": "x"}
    answers(page, "**/session", kim)
    answers(page, f"**/{tab}", [])
    page.evaluate(f"location.hash = '#/settings?tab={tab}'")
    page.reload()
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
