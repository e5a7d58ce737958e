"""Debian's Chromium driven by Playwright, for tests of the page."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from support.waiting import PATIENCE_S

PATIENCE_MS = PATIENCE_S * 1000
# Chromium drops what it loads when the machine gets or loses an address, whatever the reason.
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
# What the browser says of answers that are no fault: nobody signed in yet, an entry that is wrong,
# a site with a trouble, a service that was stopped.
EXPECTED = (
    "status of 401",
    "status of 409",
    "status of 422",
    "status of 503",
    "ERR_CONNECTION",
    NETWORK_CHANGED,
    "WebSocket connection to",
)

# Five seconds, in which an act can be undone, as long as `window.held`: a busy test may need more.
HELD = """(() => {
  if (window.held === undefined) {
    const later = setTimeout;
    const lasts = (ms) => (window.held && ms === 5000 ? 600_000 : ms);
    setTimeout = (run, ms, ...more) => later(run, lasts(ms), ...more);
  }
  window.held = true;
})()"""


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """A browser of a test file's own."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not on the PATH; apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        # By itself it gives up after half a minute, which a busy machine takes.
        browser = driver.chromium.launch(
            executable_path=found, args=["--no-sandbox", *options], timeout=PATIENCE_MS
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened_page(
    browser: Browser, url: str, *, scripts: Sequence[str] = (), **options: Any
) -> Iterator[Page]:
    """The page at an address; what it throws or complains of fails the test."""
    context = browser.new_context(
        **{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
    )
    context.set_default_timeout(PATIENCE_MS)
    for script in scripts:
        context.add_init_script(script)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: _keep(message.type, message.text, faults))
    with _dropped(page) as dropped:
        page.goto(url)
    if dropped:
        reload(page)
    try:
        yield page
        assert not faults, faults
    finally:
        context.close()


def reload(page: Page) -> None:
    """Load the page again until all of it came: nobody asks again for a script that was dropped."""
    while True:
        with _dropped(page) as dropped:
            page.reload()
        if not dropped:
            return


@contextmanager
def _dropped(page: Page) -> Iterator[list[str]]:
    """Collect what did not load because the machine's network changed."""
    found: list[str] = []

    def look(message: ConsoleMessage) -> None:
        if NETWORK_CHANGED in message.text:
            found.append(message.text)

    page.on("console", look)
    yield found
    page.remove_listener("console", look)


def _keep(kind: str, text: str, faults: list[str]) -> None:
    if kind == "error" and not any(each in text for each in EXPECTED):
        faults.append(text)
