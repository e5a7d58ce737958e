"""The first start, signing in, and what somebody without a right sees."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.page_browser import opened_page
from support.page_site import PageSite, made_alert, page_site, playing

pytestmark = pytest.mark.slow
PASSWORD = "a horse of four staples"


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Say who one is."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_the_first_start_ends_with_people_on_the_screen(browser: Browser, tmp_path: Path) -> None:
    """A password, a camera, a test, the wall. From then on the page asks who one is."""
    with page_site(tmp_path, 1) as site, playing(site):
        site.put(made_alert(1, "fall"))
        with opened_page(browser, f"{site.url}#/settings") as page:
            set_up(page)
        with opened_page(browser, site.url) as page:
            sign_in(page, "kim", "a horse of three staples")
            expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
            sign_in(page, "kim")
            expect(page.locator(".tile[data-alert]")).to_be_visible()
            add_a_viewer(page, site)
            make_a_key(page, site)
        with opened_page(browser, site.url) as page:
            sign_in(page, "lee")
            page.locator(".tile[data-alert] a").wait_for()
            page.goto(f"{site.url}#/alerts/alert-1")
            expect(page.get_by_role("heading", name="Fall")).to_be_visible()
            # Whoever may only look is offered nothing else.
            expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
            page.goto(f"{site.url}#/settings")
            expect(page.get_by_role("link", name="People")).to_have_count(0)


def test_a_quick_look_needs_no_administrator(browser: Browser, tmp_path: Path) -> None:
    """Where nobody need sign in, the first start can wait; Settings leads back to it."""
    title = "Who watches this site?"
    with page_site(tmp_path, 1) as site, opened_page(browser, f"{site.url}#/settings") as page:
        page.get_by_role("button", name="Make the first administrator").click()
        page.get_by_role("button", name="Not now").click()
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        page.evaluate("sessionStorage.clear()")
        page.route("**/cameras", lambda route: route.fulfill(json=[]))
        page.reload()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        page.get_by_role("button", name="Not now").click()
        expect(page.get_by_role("heading", name="The first camera")).to_be_focused()
        page.reload()
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        expect(page.get_by_role("heading", name=title)).to_have_count(0)
        assert site.service.http.get("/setup").json()["needed"] is True


def test_where_a_key_is_asked_for_the_first_start_cannot_wait(
    browser: Browser, tmp_path: Path
) -> None:
    """Without an administrator or the key, nothing is shown."""
    key = "correct-horse"
    with page_site(tmp_path, 1, api_key=key) as site, opened_page(browser, site.url) as page:
        page.get_by_role("button", name="Make the first administrator").click()
        expect(page.get_by_label("Password")).to_be_visible()
        expect(page.get_by_role("button", name="Not now")).to_have_count(0)


def set_up(page: Page) -> None:
    """Make the first administrator, and see the camera that is there already."""
    page.get_by_role("button", name="Make the first administrator").click()
    page.get_by_label("Name").fill("kim")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="The first camera")).to_be_focused()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="A test")).to_be_visible()
    page.get_by_role("button", name="Show me the cameras").click()
    # The one camera is shown large, with who stands before it.
    expect(page.locator(".scene[data-state=live]")).to_be_visible()
    expect(page.get_by_role("heading", name="gate")).to_be_visible()


def add_a_viewer(page: Page, site: PageSite) -> None:
    """Let the administrator add somebody who may look."""
    page.goto(f"{site.url}#/settings?tab=users")
    page.get_by_label("Name").fill("lee")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("May").last.select_option("viewer")
    page.get_by_role("button", name="Add a person").click()
    expect(page.get_by_role("row", name="lee")).to_be_visible()


def make_a_key(page: Page, site: PageSite) -> None:
    """It is shown once, and works."""
    page.goto(f"{site.url}#/settings?tab=keys")
    page.get_by_label("Name").fill("cron")
    page.get_by_role("button", name="Make a key").click()
    key = page.locator(".made code").inner_text()
    expect(page.get_by_role("row", name="cron")).to_be_visible()
    answer = site.service.http.get("/session", headers={"X-API-Key": key})
    assert answer.json()["name"] == "cron"
    page.reload()
    expect(page.get_by_role("row", name="cron")).to_be_visible()
    expect(page.locator(".made")).to_have_count(0)
