"""Acts on the page that are the same in every browser, and those on cameras' health."""

import json

from support.page_driver import Driver

# The view of another address is there once the page has taken the address, and was drawn.
SHOWN = """new Promise((shown) => {
  addEventListener('hashchange', () => requestAnimationFrame(() => shown(true)), { once: true });
  location.hash = %s;
})"""

WANTED = """(() => {
  document.querySelector('[data-wanted]')?.removeAttribute('data-wanted');
  %s.dataset.wanted = 'yes';
})()"""


def go(driver: Driver, url: str, view: str) -> None:
    """Show a view, read anew; the page itself is loaded only where it is not there yet."""
    there = json.dumps(f"{url}#/{view}")
    elsewhere = f"!location.href.startsWith({json.dumps(url)}) || location.href === {there}"
    if driver.value(elsewhere):
        driver.visit(url)
    has(driver, ".bar")
    driver.value(SHOWN % json.dumps(f"#/{view}"))
    has(driver, "main h1, main h2")


def has(driver: Driver, selector: str, text: str = "") -> None:
    """Wait until an element is there, and says something."""
    found = f"document.querySelectorAll({json.dumps(selector)})"
    driver.becomes(f"[...{found}].some((each) => each.textContent.includes({json.dumps(text)}))")


def lacks(driver: Driver, selector: str, text: str = "") -> None:
    """Wait until no such element is there, or none says this."""
    found = f"document.querySelectorAll({json.dumps(selector)})"
    driver.becomes(f"![...{found}].some((each) => each.textContent.includes({json.dumps(text)}))")


def says(driver: Driver, text: str) -> None:
    """Wait until the view says something."""
    has(driver, "main", text)


def focused(driver: Driver, selector: str) -> None:
    """Wait until an element has the focus."""
    driver.becomes(f"document.activeElement.matches({json.dumps(selector)})")


def focus(driver: Driver, selector: str) -> None:
    """Let an element have the focus, as soon as it is there."""
    has(driver, selector)
    driver.value(f"document.querySelector({json.dumps(selector)}).focus()")


def fill(driver: Driver, selector: str, text: str) -> None:
    """Type a text into a field, in the place of what stands in it."""
    driver.click(selector)
    driver.value(f"document.querySelector({json.dumps(selector)}).select()")
    driver.press(*text)


def choose(driver: Driver, selector: str, text: str) -> None:
    """Choose from a list by keyboard: by how the option begins."""
    focus(driver, selector)
    driver.press(*text)


def agree(driver: Driver) -> None:
    """Say yes to whatever the page asks from now on: the driver answers no by itself."""
    driver.value("void (window.confirm = () => true)")


def press(driver: Driver, text: str, row: str = "") -> None:
    """Press the button or link with this text, in the row of a table that says so."""
    inside = "true" if not row else f"each.closest('tr')?.textContent.includes({json.dumps(row)})"
    found = (
        "[...document.querySelectorAll('button:enabled, main a')]"
        f".find((each) => each.textContent.trim() === {json.dumps(text)} && {inside})"
    )
    driver.becomes(f"{found} !== undefined")
    driver.value(WANTED % found)
    driver.click("[data-wanted]")  # another page may come of it: no script after it


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
    agree(driver)
    press(driver, "Try it", name)
    says(driver, f"Trial of {name}")
    press(driver, "End the trial")
    lacks(driver, "main", f"Trial of {name}")
