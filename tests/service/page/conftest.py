"""Browsers, and one recorded site for each file of tests of the page."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from support.firefox import FirefoxTab, firefox
from support.page_browser import chromium, opened_page
from support.page_driver import ChromiumTab, Driver
from support.page_site import PageSite, page_site, playing


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for all tests of a file."""
    with chromium("--host-resolver-rules=MAP *.example.org 127.0.0.1") as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    """Six cameras with people before them."""
    with page_site(tmp_path_factory.mktemp("site")) as made, playing(made):
        yield made


@pytest.fixture(scope="session")
def firefox_tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirefoxTab]:
    """Firefox, for all tests of a process: it takes longest to start."""
    with firefox(tmp_path_factory.mktemp("firefox")) as found:
        yield found


@pytest.fixture(scope="module", params=["firefox", "chromium"])
def driver(request: pytest.FixtureRequest, site: PageSite) -> Iterator[Driver]:
    """Each browser, one after the other; every complaint of the page fails the last test."""
    if request.param == "firefox":
        tab: FirefoxTab = request.getfixturevalue("firefox_tab")
        yield tab
        tab.visit("about:blank")
        assert tab.faults == []
        return
    browser: Browser = request.getfixturevalue("browser")
    with opened_page(browser, site.url) as page:
        yield ChromiumTab(page)


@pytest.fixture
def visit(browser: Browser, site: PageSite) -> Iterator[Callable[..., Page]]:
    """Open the page at a view; every complaint of it fails the test."""
    with ExitStack() as pages:

        def go(view: str = "watch", *, url: str | None = None, **options: Any) -> Page:
            address = f"{url or site.url}#/{view}"
            return pages.enter_context(opened_page(browser, address, **options))

        yield go
