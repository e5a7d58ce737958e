"""Answers that come late, acts that wait, and keys that come before anything is drawn again."""

import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from support.held_requests import Held, answers
from support.page_browser import HELD, reload
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
    reload(page)
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


def test_an_answer_that_was_overtaken_is_not_taken(visit: Visit) -> None:
    """Of two that read the same, the one that was asked first does not hold over the other."""
    page = visit()

    assert page.evaluate(NEWEST) == [True, False, True]


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


def test_scripts_that_do_not_come_are_said_and_loaded_again(
    browser: Browser, site: PageSite
) -> None:
    """A network that changes during the first load leaves no dead page, but a way on."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**/page/app.js", lambda route: route.abort())
    page.goto(site.url)
    late = page.locator(".late")
    expect(late).to_have_css("visibility", "hidden")
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    expect(late).to_have_css("visibility", "visible")

    page.unroute("**/page/app.js")
    page.get_by_role("link", name="Load it again").click()

    expect(page.locator(".bar")).to_be_visible()
    expect(late).to_have_count(0)
    context.close()
