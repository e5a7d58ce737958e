"""The first start put off; gone through, it is one of the acts on the site."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support.page_browser import opened_page, reload
from support.page_site import page_site

pytestmark = pytest.mark.slow


def test_a_quick_look_needs_no_administrator(browser: Browser, tmp_path: Path) -> None:
    """Where nobody need sign in, the first start can wait; Settings leads back to it."""
    title = "Who watches this site?"
    with page_site(tmp_path, 1) as site, opened_page(browser, f"{site.url}#/settings") as page:
        page.get_by_role("button", name="Make the first administrator").click()
        page.get_by_role("button", name="Not now").click()
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        page.evaluate("sessionStorage.clear()")
        page.route("**/cameras", lambda route: route.fulfill(json=[]))
        reload(page)
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        page.get_by_role("button", name="Not now").click()
        expect(page.get_by_role("heading", name="The first camera")).to_be_focused()
        reload(page)
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
