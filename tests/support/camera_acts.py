"""What people do about cameras, the same in every browser."""

from support.page_acts import agree, choose, fill, focus, go, has, lacks, press
from support.page_driver import Driver

CORNER = ".handle[data-kind=corner][aria-label^='Corner 3:']"
DATES = "[...document.querySelectorAll('input[type=date]')]"


def add_camera(driver: Driver, url: str, name: str) -> None:
    """Try an address that gives nothing by Enter, and add it all the same, once it has a name."""
    go(driver, url, "cameras")
    press(driver, "Add a camera")
    fill(driver, "input[name=source]", "rtsp://10.0.0.9/stream")
    driver.press("Enter")
    has(driver, ".probe .wrong", "No pictures come. not asked")
    fill(driver, "input[name=name]", "gate")
    press(driver, "Add a camera")
    has(driver, "main [role=alert]", "gate")
    has(driver, "input[name=name][aria-invalid=true]")
    fill(driver, "input[name=name]", name)
    press(driver, "Add a camera")
    has(driver, "main h1", name)
    has(driver, "main .state", "Connecting")  # till its first picture


def pause_and_remove_camera(driver: Driver) -> None:
    """Pause the camera that is shown, resume it, and remove it."""
    agree(driver)
    for button in ("Pause", "Resume"):
        press(driver, button)
    has(driver, "button", "Pause")
    press(driver, "Remove")
    has(driver, "main a", "Add a camera")


def draw_zone(driver: Driver, url: str, camera: str, name: str) -> None:
    """Draw a zone by keyboard: its third corner one step right and a long one down."""
    go(driver, url, f"cameras/{camera}")
    press(driver, "Add a zone")
    focus(driver, CORNER)
    driver.press("ArrowRight", "Shift+ArrowDown")
    has(driver, "[aria-label^='Corner 3: 71 % from the left, 90 %']")
    fill(driver, ".zone-list .fields input", name)
    driver.press("Enter")


def set_limit(driver: Driver, url: str, camera: str, field: str, value: str) -> None:
    """Set a camera's budget (`per_day`) or `threshold`, on its page."""
    go(driver, url, f"cameras/{camera}")
    fill(driver, f"input[name={field}]", value)
    driver.click(f"form:has(input[name={field}]) button[type=submit]")


def plan_week(driver: Driver, url: str) -> None:
    """Add a time on Mondays and Tuesdays and a holiday; choose a mode, and let it go."""
    go(driver, url, "cameras?tab=week")
    press(driver, "Add a time")
    choose(driver, ".calendar .entry select", "night")
    press(driver, "Tue")
    has(driver, ".block[data-mode='1']")
    plan_holiday(driver)
    press(driver, "Save")
    has(driver, ".messages", "Saved")
    driver.becomes("document.activeElement.textContent === 'When which mode holds'")
    press(driver, "home")
    has(driver, ".bar .mode", "Mode: home")
    press(driver, "Let the calendar decide")
    lacks(driver, "button", "Let the calendar decide")


def plan_holiday(driver: Driver) -> None:
    """Add a date by keyboard, and once more: the second one is said to be there already."""
    for number, wanted in ((1, "12122026"), (2, "12122026")):
        press(driver, "Add a holiday")
        driver.becomes(f"{DATES}.length === {number}")
        driver.becomes(f"{DATES}.at(-1) === document.activeElement")
        driver.press(*wanted)  # the same in every order of day and month
        driver.becomes(f"{DATES}.at(-1).value === '2026-12-12'")
    has(driver, ".holidays [role=alert]", "This date is in the list already")
    driver.click(".holidays .entry:last-child button")
    lacks(driver, ".holidays [role=alert]")
