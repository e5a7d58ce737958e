"""What people do about alerts, the same in every browser."""

import json
from collections.abc import Callable

from inference.types import Alert
from support.page_acts import fill, focus, focused, go, has, lacks, press, says
from support.page_browser import HELD
from support.page_driver import Driver

DRAWN = """(() => {
  const canvas = document.querySelector('.replay canvas');
  if (!canvas) return false;
  const seen = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return seen.some((value, i) => i % 4 === 3 && value > 200);
})()"""
ROWS = "JSON.stringify([...document.querySelectorAll('[data-row]')].map((e) => e.dataset.row))"
PLACE = ".scrubber input"


def hold(driver: Driver) -> None:
    """Let the five seconds in which an act can be undone last until `send_what_waits`."""
    driver.value(HELD)


def send_what_waits(driver: Driver) -> None:
    """Send every act that could still be undone, as leaving the page does."""
    driver.value("dispatchEvent(new Event('pagehide'))")


def row_of(name: str) -> str:
    """Return the selector of an alert's or near miss's row."""
    return f"[data-row='{name}']"


def press_row_while_it_changes(driver: Driver, alert: Alert, change: Callable[[], object]) -> None:
    """Let an update come between a press's beginning and its end."""
    driver.push(row_of(alert.id))
    change()
    has(driver, row_of(alert.id), "not seen since")
    driver.let_go()
    has(driver, "article.alert h1", "Fall")


def open_by_keyboard(driver: Driver, name: str) -> None:
    """Go down the rows of the list to one, to both of its ends, back, and open it."""
    names = json.loads(driver.value(ROWS))
    at = names.index(name)
    steps = [("j", each) for each in names[: at + 1]]
    ends = [("End", names[-1]), ("Home", names[0]), ("G", names[-1]), ("g", names[0])]
    back = [("ArrowDown", each) for each in names[1 : at + 1]]
    beyond = [("j", names[at + 1]), ("k", name)] if at + 1 < len(names) else []
    for key, wanted in (*steps, *ends, *back, *beyond):
        driver.press(key)
        focused(driver, row_of(wanted))
    driver.press("Enter")
    driver.becomes(f"location.hash.startsWith('#/alerts/{name}')")
    has(driver, "article.alert h1", "Fall")


def write_note(driver: Driver, text: str) -> None:
    """Write a note about the alert that is shown, by keyboard."""
    driver.press("n")
    focused(driver, "dialog[open] textarea")
    driver.press(*text, "Tab")
    focused(driver, "dialog[open] button.main")
    driver.press("Enter")
    has(driver, ".messages", "Note saved.")
    lacks(driver, "dialog[open]")


def acknowledge_and_undo(driver: Driver) -> None:
    """Acknowledge the alert that is shown; undo it by its key, and by the button."""
    hold(driver)
    driver.press("a")
    has(driver, ".acts button:disabled", "Acknowledged")
    driver.press("z")
    has(driver, ".acts button:enabled", "Acknowledge a")
    press(driver, "Acknowledge a")
    has(driver, ".acts button:disabled", "Acknowledged")
    press(driver, "Undo z")
    has(driver, ".acts button:enabled", "Acknowledge a")
    lacks(driver, ".messages button", "Undo")


def snooze(driver: Driver, reason: str) -> None:
    """Keep alerts like the one that is shown back for an hour."""
    hold(driver)
    driver.press("s")
    fill(driver, "dialog[open] input[name=reason]", reason)
    driver.press("Enter")
    lacks(driver, "dialog[open]")
    has(driver, ".messages", "Snoozed for 60 minutes")
    send_what_waits(driver)


def end_snooze(driver: Driver, url: str, what: str, reason: str) -> None:
    """See on the wall and in Health what is held back, and end it in the settings."""
    says(driver, f"{what}: alerts are held back until")
    go(driver, url, "watch")
    has(driver, ".tile .held", "Running held until")
    go(driver, url, "health")
    has(driver, "main .sentence a", f"{what}: alerts are held back until")
    driver.click("main .sentence a")
    press(driver, "End now", reason)
    rows = "[...document.querySelectorAll('tbody tr')].map((each) => each.textContent)"
    wanted = f"(text) => text.includes({json.dumps(reason)}) && text.includes('over')"
    driver.becomes(f"{rows}.some({wanted})")
    focused(driver, "[aria-label=Snoozes]")


def replay(driver: Driver) -> float:
    """Stop the replay, choose half the speed, and move from its begin; return by how much, in s."""
    driver.becomes(DRAWN)
    has(driver, ".play[aria-label=Pause]")
    driver.press(" ")
    has(driver, ".play[aria-label=Play]")
    driver.press("<")
    has(driver, ".transport [aria-pressed=true]", "½×")
    focus(driver, PLACE)
    driver.press("Home")
    driver.becomes(f"document.querySelector('{PLACE}').value === '0'")
    begin_s = place_s(driver)
    driver.press(*["ArrowRight"] * 5)
    driver.becomes(f"parseFloat({_said()}) > {begin_s + 0.45}")
    moved_s = place_s(driver) - begin_s
    driver.press("r", ">")
    has(driver, ".play[aria-label=Pause]")
    return moved_s


def _said() -> str:
    return f"document.querySelector('{PLACE}').getAttribute('aria-valuetext')"


def place_s(driver: Driver) -> float:
    """Return where the replay is, in seconds after the alert opened."""
    return float(driver.value(f"parseFloat({_said()})"))


def picked_s(driver: Driver) -> float:
    """Press the middle of the line of scores; return where the replay is then."""
    driver.click(".curve .u-over")
    return place_s(driver)


def search(driver: Driver, text: str) -> None:
    """Search by its key; what is searched for stands in the address."""
    driver.press("/")
    focused(driver, "input[type=search]")
    driver.press(*text, "Enter")
    driver.becomes(f"location.hash.includes('text={text}')")
    press(driver, "Clear")
    driver.becomes("location.hash === '#/alerts'")


def ask_for_help(driver: Driver) -> None:
    """See every key, and close it again."""
    driver.press("?")
    has(driver, "dialog[open]", "acknowledge")
    driver.press("Escape")
    lacks(driver, "dialog[open]")


def label_near_miss(driver: Driver, url: str, name: str) -> None:
    """Open one by keyboard, from anywhere; label it by one key, undo that, and label it again."""
    go(driver, url, "alerts")
    driver.press("m")
    has(driver, row_of(name))
    driver.press("j")
    focused(driver, row_of(name))
    driver.press("Enter")
    driver.becomes(DRAWN)
    says(driver, "of the way to an alert")
    hold(driver)
    driver.press("t")
    has(driver, f"{row_of(name)} .mark", "Yes")
    driver.press("z")
    lacks(driver, f"{row_of(name)} .mark")
    driver.press("f")
    has(driver, f"{row_of(name)} .mark", "No")
    send_what_waits(driver)
    driver.press("Escape")
    focused(driver, row_of(name))
