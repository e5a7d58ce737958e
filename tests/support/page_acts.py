"""Acts on the page that are the same in every browser."""

import json
from typing import Any, Protocol

from playwright.sync_api import Page


class Driver(Protocol):
    """A tab of any browser; `FirefoxTab` is one."""

    def visit(self, url: str) -> None:
        """Open an address."""
        ...

    def value(self, expression: str) -> Any:
        """Return a script's plain value."""
        ...

    def becomes(self, expression: str) -> None:
        """Wait until a script says true."""
        ...

    def click(self, selector: str) -> None:
        """Press the pointer's button on the middle of an element."""
        ...


class ChromiumTab:
    """Playwright's page as a `Driver`."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def visit(self, url: str) -> None:
        """Open an address; another part after # alone loads nothing anew."""
        self._page.goto("about:blank")
        self._page.goto(url)

    def value(self, expression: str) -> Any:
        """Return a script's plain value."""
        return self._page.evaluate(expression)

    def becomes(self, expression: str) -> None:
        """Wait until a script says true."""
        self._page.wait_for_function(f"() => {expression}")

    def click(self, selector: str) -> None:
        """Press the pointer's button on the middle of an element."""
        self._page.locator(selector).click()


def go(driver: Driver, url: str, view: str) -> None:
    """Open a view and wait until nothing in it is being read."""
    driver.visit(url)
    driver.becomes("document.querySelector('.bar') !== null")
    driver.value(f"location.hash = '#/{view}'")
    driver.becomes("document.querySelector('main h1, main h2') !== null")


def says(driver: Driver, text: str) -> None:
    """Wait until the view says something."""
    driver.becomes(f"document.querySelector('main').textContent.includes({json.dumps(text)})")


def press(driver: Driver, text: str, row: str = "") -> None:
    """Press the button with this text, in the row of a table that says so."""
    inside = "true" if not row else f"each.closest('tr')?.textContent.includes({json.dumps(row)})"
    found = (
        "[...document.querySelectorAll('main button')]"
        f".find((each) => each.textContent.trim() === {json.dumps(text)} && {inside})"
    )
    driver.becomes(f"{found} !== undefined")
    driver.value(f"{found}.scrollIntoView({{ block: 'center' }})")
    driver.value(f"{found}.id = 'wanted'")
    driver.click("#wanted")
    driver.value("document.getElementById('wanted')?.removeAttribute('id')")


def accept_drift(driver: Driver, url: str, camera: str) -> None:
    """Take what a camera sees since it drifted as usual."""
    go(driver, url, f"cameras/{camera}")
    says(driver, "it sees something else than it used to")
    press(driver, "Take the new scene as usual")
    says(driver, "was taken as usual; it is learned now")


def try_model(driver: Driver, url: str, name: str) -> None:
    """Let a model be tried beside the live one, and end its trial."""
    go(driver, url, "health")
    says(driver, name)
    driver.value("window.confirm = () => true")
    press(driver, "Try it", name)
    says(driver, f"Trial of {name}")
    press(driver, "End the trial")
    driver.becomes(f"!document.querySelector('main').textContent.includes('Trial of {name}')")
