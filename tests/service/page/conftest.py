"""One browser and one recorded site for each file of tests of the page."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from support.page_browser import chromium, opened_page
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


@pytest.fixture
def visit(browser: Browser, site: PageSite) -> Iterator[Callable[..., Page]]:
    """Open the page at a view; every complaint of it fails the test."""
    with ExitStack() as pages:

        def go(view: str = "watch", *, url: str | None = None, **options: Any) -> Page:
            address = f"{url or site.url}#/{view}"
            return pages.enter_context(opened_page(browser, address, **options))

        yield go
