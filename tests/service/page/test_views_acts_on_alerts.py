"""What people do about alerts, in Firefox and in Chromium."""

import time
from functools import partial
from itertools import count

import pytest
from playwright.sync_api import Browser, expect
from support import alert_acts
from support.page_acts import choose, go, has, lacks, press
from support.page_browser import opened_page
from support.page_driver import ChromiumTab, Driver
from support.page_history import give_near_miss, give_scores
from support.page_site import PageSite, changed, made_alert
from support.waiting import eventually

from inference.types import Alert, Kind

pytestmark = pytest.mark.slow
_numbers = count(1)  # no two tests share an alert


@pytest.fixture
def alert(site: PageSite) -> Alert:
    """An open alert that no other test uses."""
    return site.put(made_alert(next(_numbers), "fall"))


def detail(site: PageSite, alert: Alert) -> dict[str, object]:
    """Return what the service says of an alert."""
    return dict(site.service.http.get(f"/alerts/{alert.id}").json())


def acts_of(site: PageSite, alert: Alert) -> list[str]:
    """Return what was done about an alert, oldest first."""
    return [act["type"] for act in detail(site, alert)["acts"]]  # type: ignore[attr-defined]


def test_an_alert_can_be_pressed_while_it_changes(
    site: PageSite, driver: Driver, alert: Alert
) -> None:
    """A press counts though updates come between its beginning and its end."""
    go(driver, site.url, "alerts")
    seen = changed(alert, not_seen_since=alert.opened_at + 5)

    alert_acts.press_row_while_it_changes(
        driver, alert, lambda: site.put(seen, event="updated", poses=False)
    )


def test_a_night_is_worked_through_by_keyboard(site: PageSite, driver: Driver) -> None:
    """From the wall to an alert, what to do about it, a note, and back, without a pointer."""
    camera = "stairs" if isinstance(driver, ChromiumTab) else "ward-1"
    other = site.put(made_alert(next(_numbers), "running", camera=camera, closed_after_s=4.0))
    alert = site.put(made_alert(next(_numbers), "fall", camera=camera))
    go(driver, site.url, "watch")
    has(driver, ".tile[data-alert]", camera)
    driver.press("2")
    has(driver, alert_acts.row_of(alert.id))
    go(driver, site.url, f"alerts?camera={camera}")
    for each in (alert, other):
        has(driver, alert_acts.row_of(each.id))
    driver.becomes("document.querySelectorAll('[data-row]').length === 2")

    alert_acts.open_by_keyboard(driver, alert.id)
    alert_acts.hold(driver)
    driver.press("a", "t")
    alert_acts.write_note(driver, "by cat")
    driver.press("Escape")
    lacks(driver, "article.alert")
    driver.becomes(f"document.activeElement.dataset.row === '{alert.id}'")
    alert_acts.ask_for_help(driver)
    alert_acts.search(driver, "painters")

    alert_acts.send_what_waits(driver)
    done = ["acknowledged", "note", "verdict"]
    assert eventually(lambda: sorted(acts_of(site, alert)) == done)


def test_acts_are_undone_and_done(site: PageSite, driver: Driver, alert: Alert) -> None:
    """Acknowledged and each verdict, by key; what was undone is not sent."""
    go(driver, site.url, f"alerts/{alert.id}")
    has(driver, "article.alert h1", "Fall")
    alert_acts.acknowledge_and_undo(driver)
    assert acts_of(site, alert) == []

    for key, verdict in (("t", "true"), ("u", "unsure"), ("f", "false")):
        driver.press(key)
        alert_acts.send_what_waits(driver)
        assert eventually(partial(judged, site, alert, verdict))
    has(driver, ".story", "Somebody: not an alarm")
    driver.press("a")
    has(driver, ".acts button:disabled", "Acknowledged")
    driver.visit("about:blank")  # whoever leaves has decided
    assert eventually(lambda: "acknowledged" in acts_of(site, alert))


def judged(site: PageSite, alert: Alert, verdict: str) -> bool:
    """Tell whether the service holds a verdict."""
    return detail(site, alert)["verdict"] == verdict


def test_an_alert_is_snoozed(site: PageSite, driver: Driver) -> None:
    """By its key; what is held back is said everywhere, and ended where it is listed."""
    alert = site.put(made_alert(next(_numbers), "running", camera="hall", closed_after_s=4.0))
    reason = f"painters {alert.id}"
    go(driver, site.url, f"alerts/{alert.id}")
    has(driver, "article.alert h1", "Running")

    alert_acts.snooze(driver, reason)

    # By its reason: the other browser's is listed, too.
    assert eventually(lambda: reason in site.service.http.get("/snoozes").text)
    alert_acts.end_snooze(driver, site.url, "hall · Running", reason)


def test_an_episode_is_replayed(site: PageSite, driver: Driver) -> None:
    """Stopped, slowed, moved by keys; a press on the line of its scores moves it (Chromium)."""
    at = time.time() // 10 * 10 - 20
    one = site.put(made_alert(next(_numbers), "movement", at=at, closed_after_s=12.0))
    give_scores(site, one)
    go(driver, site.url, f"alerts/{one.id}")

    assert alert_acts.replay(driver) == pytest.approx(0.5, abs=0.01)

    if not isinstance(driver, ChromiumTab):
        return  # Firefox's driver does not answer for sure where the chart is pressed
    has(driver, ".curve", "Above its threshold")
    # The middle of what is drawn: from ten seconds before it opened to twenty after.
    assert eventually(lambda: alert_acts.picked_s(driver) == pytest.approx(5.0, abs=0.3))
    has(driver, ".play[aria-label=Play]")


def test_filters_stand_in_the_address(site: PageSite, driver: Driver, alert: Alert) -> None:
    """Chosen by keyboard; back undoes a step, and Clear all of them."""
    fight = site.put(made_alert(next(_numbers), "fight", camera="yard", closed_after_s=8.0))
    go(driver, site.url, "alerts")
    has(driver, alert_acts.row_of(alert.id))
    choose(driver, ".filters label:nth-of-type(2) select", "Fight")
    driver.becomes("location.hash === '#/alerts?kind=fight'")
    lacks(driver, alert_acts.row_of(alert.id))

    driver.click(alert_acts.row_of(fight.id))
    driver.becomes(f"location.hash === '#/alerts/{fight.id}?kind=fight'")
    has(driver, "article.alert h1", "Fight")
    driver.value("history.back()")

    lacks(driver, "article.alert")
    driver.becomes("location.hash === '#/alerts?kind=fight'")
    press(driver, "Clear")
    has(driver, alert_acts.row_of(alert.id))


def test_what_nobody_has_looked_at_is_listed(site: PageSite, driver: Driver) -> None:
    """By its key and in the address; what closed by itself keeps its mark, who looked is said."""
    camera = "lobby" if isinstance(driver, ChromiumTab) else "hall"
    kinds: tuple[Kind, ...] = ("fall", "fight", "running")  # alike ones would be one row
    seen, judged_one, missed = (
        site.put(made_alert(next(_numbers), kind, camera=camera, closed_after_s=3.0))
        for kind in kinds
    )
    site.service.http.post(f"/alerts/{seen.id}/acknowledge")
    site.service.http.post(f"/alerts/{judged_one.id}/verdict", json={"verdict": "true"})
    go(driver, site.url, f"watch/{camera}")
    has(driver, ".line", "Somebody looked at it")
    has(driver, ".line", "Not looked at")
    has(driver, ".bar .count")

    go(driver, site.url, f"alerts?camera={camera}&from=2020-01-01")
    driver.press("l")

    driver.becomes(f"location.hash === '#/alerts?camera={camera}&from=2020-01-01&looked=no'")
    has(driver, alert_acts.row_of(missed.id), "Not looked at")
    for each in (seen, judged_one):
        lacks(driver, alert_acts.row_of(each.id))
    has(driver, ".filters [aria-pressed=true]", "Not looked at yet")
    driver.press("l")
    has(driver, f"{alert_acts.row_of(seen.id)} .mark", "Acknowledged")
    has(driver, f"{alert_acts.row_of(judged_one.id)} .mark", "Real")


def test_a_filter_of_kinds_finds_all_that_have_it(site: PageSite, driver: Driver) -> None:
    """What opens while the list is shown stays where a reload would show it."""
    go(driver, site.url, "alerts?kind=running")
    one = site.put(made_alert(next(_numbers), "fight", camera="yard", others=("running",)))
    has(driver, alert_acts.row_of(one.id))

    go(driver, site.url, "alerts?kind=running")

    has(driver, alert_acts.row_of(one.id), "also Running")


def test_times_stand_in_the_address(site: PageSite, driver: Driver) -> None:
    """To the minute; what is no time is said at its field, and no other list is shown for it."""
    hour_ago, half_day_ago = time.time() - 3600, time.time() - 13 * 3600
    late = site.put(
        made_alert(next(_numbers), "fight", camera="yard", at=hour_ago, closed_after_s=3.0)
    )
    early = site.put(
        made_alert(next(_numbers), "fall", camera="yard", at=half_day_ago, closed_after_s=3.0)
    )
    go(driver, site.url, "alerts?camera=yard")
    has(driver, alert_acts.row_of(early.id))
    press(driver, "Last 12 hours")
    driver.becomes("/&from=\\d{4}-\\d\\d-\\d\\dT\\d\\d%3A\\d\\d$/.test(location.hash)")
    lacks(driver, alert_acts.row_of(early.id))
    has(driver, alert_acts.row_of(late.id))
    press(driver, "Since my shift began")
    driver.becomes("/&from=\\d{4}-\\d\\d-\\d\\dT22%3A00$/.test(location.hash)")

    for wrong, fault in (
        ("from=112026-02-08", "112026-02-08 is no date and time"),
        ("to=2026-02-30", "2026-02-30 is no date and time"),
        ("from=2026-01-02&to=2026-01-01", "This must be after From."),
    ):
        go(driver, site.url, f"alerts?camera=yard&{wrong}")
        has(driver, ".filters [role=alert]", fault)
        has(driver, ".rows", "No list: there is no such time")
        lacks(driver, "[data-row]")


def test_half_a_date_is_not_asked_for(site: PageSite, browser: Browser) -> None:
    """While a year is typed it is 0002, 0020, 0202: only the whole one is asked for."""
    with opened_page(browser, f"{site.url}#/alerts?camera=yard") as page:
        asked: list[str] = []
        page.on("request", lambda each: asked.append(each.url))
        page.get_by_label("From").focus()
        page.keyboard.type("112820261000PM")  # as its own language has it
        page.wait_for_url("**from=2026-11-28T22%3A00")
        expect(page.locator(".filters [role=alert]")).to_have_count(0)
        begins = {url.partition("since=")[2].partition("&")[0] for url in asked if "since=" in url}
        assert len(begins) == 1

        page.get_by_label("From").focus()
        page.keyboard.type("1128")
        page.keyboard.press("Backspace")
        page.keyboard.press("Tab")
        page.get_by_placeholder("Search notes").focus()

        expect(page.locator(".filters [role=alert]")).to_be_visible()
        expect(page.locator(".rows")).to_contain_text("No list")


def test_a_near_miss_is_labelled(site: PageSite, driver: Driver) -> None:
    """Opened by keyboard, replayed, and labelled by one key that is sent when the page is left."""
    number = next(_numbers)
    # Nearer than the other browser's: it stands first.
    name = give_near_miss(site, number, "gate", 60.0, score=1.8 + number / 1000)

    alert_acts.label_near_miss(driver, site.url, name)

    def labels() -> dict[str, str | None]:
        found = site.service.http.get("/near-misses").json()["near_misses"]
        return {each["id"]: each["label"] for each in found}

    assert eventually(lambda: labels()[name] == "false")
