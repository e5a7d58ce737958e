"""The inbox and the alert in a real browser, while alerts change."""

import re
import time
from collections.abc import Callable
from functools import partial
from itertools import count

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect
from support.page_browser import reload
from support.page_history import give_near_miss, give_scores
from support.page_site import PageSite, changed, made_alert
from support.waiting import eventually

from inference.types import Alert, AlertEvent, Kind
from service.outputs.records import DeliveryRecord

pytestmark = pytest.mark.slow
Visit = Callable[..., Page]
# The clock of the pictures, turned back: a picture may be older than the click that asked for it.
OLD_PICTURES = (
    "const ask = requestAnimationFrame; requestAnimationFrame = (f) => ask((t) => f(t - 200))"
)
DRAWN = """() => {
  const canvas = document.querySelector('.replay canvas');
  const seen = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return canvas.clientWidth > 0 && seen.some((value, i) => i % 4 === 3 && value > 200);
}"""
_numbers = count(1)  # no two tests share an alert


@pytest.fixture
def alert(site: PageSite) -> Alert:
    """An open alert that no other test uses."""
    return site.put(made_alert(next(_numbers), "fall", others=("movement",)))


def test_a_focused_row_keeps_its_focus(site: PageSite, visit: Visit, alert: Alert) -> None:
    """It is seen to be focused, and stays so while it and others change."""
    page = visit("alerts")
    page.locator(f"[data-row='{alert.id}']").focus()

    site.put(changed(alert, not_seen_since=alert.opened_at + 5), event="updated", poses=False)
    newer = site.put(made_alert(next(_numbers), "movement"))
    expect(page.locator(f"[data-row='{newer.id}']")).to_be_visible()
    expect(page.locator(f"[data-row='{alert.id}']")).to_contain_text("not seen since")

    focused = "document.activeElement.dataset.row"
    assert page.evaluate(focused) == alert.id
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    style = "getComputedStyle(document.activeElement)"
    assert page.evaluate(focused) == alert.id
    assert page.evaluate(f"{style}.outlineStyle") == "solid"


def test_the_figure_of_a_row_is_of_its_newest_peak(
    site: PageSite, visit: Visit, alert: Alert
) -> None:
    """It is read again when the score of an alert that goes on is higher than before."""
    page = visit("alerts")
    figure = page.locator(f"[data-row='{alert.id}'] canvas.thumbnail")
    expect(figure).to_be_visible()

    with page.expect_response(f"**/alerts/{alert.id}"):
        later = changed(alert, peak_at=alert.peak_at + 3, peak_score=alert.peak_score + 1)
        site.put(later, event="updated")

    expect(figure).to_be_visible()


def test_an_alert_that_opens_while_the_list_is_read_stays_in_it(
    site: PageSite, visit: Visit
) -> None:
    """The answer that is on its way does not know it, and comes after it."""
    page = visit("watch")
    older = site.put(made_alert(next(_numbers), "fall", camera="yard"))
    answers: list[tuple[Route, APIResponse]] = []
    page.route("**/alerts?camera=yard*", lambda route: answers.append((route, route.fetch())))
    page.evaluate("location.hash = '#/alerts?camera=yard'")
    assert eventually(lambda: page.evaluate("true") and len(answers) == 2)

    newer = site.put(made_alert(next(_numbers), "fall", camera="yard"))
    expect(page.locator(f"[data-row='{newer.id}']")).to_be_visible()
    for route, answer in answers:
        route.fulfill(response=answer)

    expect(page.locator(f"[data-row='{older.id}']")).to_be_visible()
    expect(page.locator(f"[data-row='{newer.id}']")).to_be_visible()


def test_an_open_alert_follows_what_happens(site: PageSite, visit: Visit, alert: Alert) -> None:
    """What is shown of an alert is never a snapshot: it closes under the reader's eyes."""
    page = visit(f"alerts/{alert.id}")
    expect(page.locator("article.alert .when")).to_contain_text("open for")

    site.put(
        changed(alert, state="closed", closed_at=alert.opened_at + 9.0),
        event="closed",
        poses=False,
    )

    expect(page.locator("article.alert .when")).to_contain_text("lasted 9 s")
    expect(page.locator(".story")).to_contain_text("Closed")


def test_what_was_sent_is_said_in_words(site: PageSite, visit: Visit, alert: Alert) -> None:
    """An alert names each message; a camera that is back is not told as one that is lost."""
    sent = [
        ("e-raised", None, "camera-lost"),
        ("e-cleared", None, "camera-lost"),
        ("a-1", alert.id, "opened"),
        ("a-escalated", alert.id, "escalated"),
    ]
    made = partial(DeliveryRecord, output="desk", state="delivered", attempts=1, at=time.time())
    records = [made(key=key, alert=of, event=event) for key, of, event in sent]
    site.service.dependencies.outputs.deliveries.put(records)

    page = visit(f"alerts/{alert.id}")
    expect(page.locator(".story")).to_contain_text("Reached desk (opened)")
    expect(page.locator(".story")).to_contain_text("Reached desk (escalated: nobody acknowledged)")
    page = visit("health")
    rows = page.locator("tr", has=page.locator("[data-delivery]"))
    expect(rows.filter(has_text="No picture: over")).to_have_count(1)
    expect(rows.filter(has_text="No picture")).to_have_count(2)
    expect(rows.filter(has_text="camera-lost")).to_have_count(0)


def test_scores_are_shown_over_the_whole_episode(site: PageSite, visit: Visit) -> None:
    """Not only of its peak: score and threshold from before it opened to its end, and in words."""
    at = time.time() // 10 * 10 - 20
    one = site.put(made_alert(next(_numbers), "movement", at=at, closed_after_s=12.0))
    give_scores(site, one)

    page = visit(f"alerts/{one.id}")

    expect(page.locator(".curve canvas")).to_be_visible()
    expect(page.locator(".curve p")).to_have_text("Above its threshold for 7 s of 22 s.")


@pytest.mark.parametrize(
    ("others", "said"),
    [((), "It did not decide this alert"), (("movement",), "It was seen, too")],
)
def test_the_rule_that_raised_an_alert_has_its_own_curve(
    site: PageSite, visit: Visit, others: tuple[Kind, ...], said: str
) -> None:
    """How unusual the movement was is no reason of a fall: it stands below, and says so."""
    at = time.time() // 10 * 10 - 20
    camera = "yard" if others else "hall"  # no two alerts share scores
    one = site.put(
        made_alert(
            next(_numbers),
            "person_down",
            camera=camera,
            at=at,
            closed_after_s=12.0,
            others=("fall", *others),
        )
    )
    give_scores(site, one)

    page = visit(f"alerts/{one.id}")

    expect(page.locator(".curve h2")).to_have_text(
        ["Person down: what raised the alert", "How unusual the movement was"]
    )
    rule, movement = page.locator(".curve > p").all()
    expect(rule).to_contain_text("1.4 times the threshold")
    expect(movement).to_contain_text("Above its threshold for")
    expect(movement).to_contain_text(f"{said}")
    expect(movement).to_contain_text("Person down")


def test_who_was_not_scored_has_a_figure(site: PageSite, visit: Visit) -> None:
    """Who lies still has no window: their thumbnail is of what was recorded then."""
    one = made_alert(next(_numbers), "person_down")
    site.parts.alerts.put(AlertEvent(type="opened", alert=one), None)
    site.record(one)

    page = visit("alerts")

    expect(page.locator(f"[data-row='{one.id}'] canvas.thumbnail")).to_be_visible()


def test_the_whole_episode_is_replayed(visit: Visit, alert: Alert) -> None:
    """From before it opened to its end, drawn whatever the clock of the browser's pictures."""
    page = visit(f"alerts/{alert.id}", scripts=[OLD_PICTURES])

    expect(page.locator(".replay figcaption")).to_contain_text("The whole episode")
    page.wait_for_function(DRAWN)
    # In words, for those who do not see it.
    expect(page.get_by_role("img", name=re.compile("Replay of .* 1 person beside"))).to_be_visible()


def test_alerts_are_told_in_words(site: PageSite, visit: Visit) -> None:
    """Kinds, severity and rarity in words; numbers of the model in the folded figures alone."""
    moved = site.put(made_alert(next(_numbers), "movement", rarity_hours=3.25, closed_after_s=4.0))
    down = site.put(
        changed(made_alert(next(_numbers), "person_down", others=("fall",)), not_seen_since=1004.0)
    )
    page = visit("alerts")

    expect(page.locator(f"[data-row='{moved.id}']")).to_contain_text("ordinarily once in 3 hours")
    expect(page.locator(f"[data-row='{down.id}']")).to_contain_text("Person down · gate")
    expect(page.locator(f"[data-row='{down.id}']")).to_contain_text("also Fall")
    page.locator(f"[data-row='{down.id}']").click()
    story = page.locator("article.alert")
    expect(story.locator(".why")).to_contain_text("Lies where they fell")
    expect(story.locator(".why")).to_contain_text("Critical")
    expect(story.get_by_text("1.4 times the threshold").first).to_be_hidden()
    story.locator("summary").click()
    expect(story.get_by_text("1.4 times the threshold").first).to_be_visible()
    assert "3.4" not in page.locator(f"[data-row='{moved.id}']").inner_text()


def test_alike_alerts_in_a_row_are_one(site: PageSite, visit: Visit) -> None:
    """A burst is one row that can be unfolded."""
    # Noon of yesterday: rows of two days are never one.
    begin = time.time() // 86_400 * 86_400 - 43_200
    burst = [
        site.put(
            made_alert(
                next(_numbers), "running", camera="hall", at=begin + 60 * i, closed_after_s=3
            )
        )
        for i in range(4)
    ]
    page = visit("alerts?camera=hall")
    head = page.get_by_role("button", name="4 × Running")
    expect(head).to_be_visible()
    expect(page.locator(f"[data-row='{burst[0].id}']")).to_have_count(0)

    head.click()

    expect(page.locator(f"[data-row='{burst[0].id}']")).to_be_visible()


def test_near_misses_of_a_camera_stand_in_the_address(site: PageSite, visit: Visit) -> None:
    """Of one camera alone; one that is gone is said to be."""
    kept = [
        give_near_miss(site, 1, "gate", 100.0, score=1.9),
        give_near_miss(site, 2, "hall", 90_000.0, score=1.8),
        give_near_miss(site, 3, "hall", 180_000.0, score=1.7),
    ]
    page = visit("near")
    page.get_by_label("Any camera").select_option("hall")
    expect(page.locator("[data-row]")).to_have_count(2)
    reload(page)
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator(f"[data-row='{kept[0]}']")).to_have_count(0)

    page.evaluate("location.hash = '#/near/abc123'")

    expect(page.get_by_text("This near miss is not kept any more.")).to_be_visible()
