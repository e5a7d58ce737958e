"""What acts on the page ask of a browser, whichever it is."""

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

    def press(self, *keys: str) -> None:
        """Press keys one after the other: characters, names such as Enter, or Shift+Name."""
        ...

    def click(self, selector: str) -> None:
        """Press the pointer's button on the middle of an element, as soon as it can be reached."""
        ...

    def push(self, selector: str) -> None:
        """Press the pointer's button on an element, and hold it."""
        ...

    def let_go(self) -> None:
        """Let the pointer's button go where it is."""
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

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self._page.keyboard.press(key)

    def click(self, selector: str) -> None:
        """Press the pointer's button on the middle of an element, as soon as it can be reached."""
        self._page.locator(selector).first.click()

    def push(self, selector: str) -> None:
        """Press the pointer's button on an element, and hold it."""
        self._page.locator(selector).first.hover()
        self._page.mouse.down()

    def let_go(self) -> None:
        """Let the pointer's button go where it is."""
        self._page.mouse.up()
