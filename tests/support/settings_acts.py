"""What people set, and how they begin, the same in every browser."""

from support.page_acts import agree, choose, fill, focused, go, has, lacks, press, says
from support.page_driver import Driver

PASSWORD = "a horse of four staples"


def add_output(driver: Driver, url: str, name: str) -> None:
    """Add one at an address of this machine; the test says why it is not reached."""
    go(driver, url, "settings?tab=outputs")
    fill(driver, "input[name=name]", name)
    fill(driver, "input[name=url]", "https://127.0.0.1:9/hook?token=hidden")
    driver.press("Enter")
    card = f"[data-output={name}]"
    has(driver, card, "Webhook · https://127.0.0.1:9")
    lacks(driver, card, "hidden")
    focused(driver, f"{card} button")
    driver.press("Enter")  # its test
    has(driver, f"{card} [role=status]", "allow_local")


def remove_output(driver: Driver) -> None:
    """Switch the only output off, and remove it."""
    press(driver, "Switch off")
    says(driver, "Switched off")
    press(driver, "Remove")
    says(driver, "Alerts go nowhere yet.")


def choose_korean(driver: Driver, url: str) -> None:
    """Read the page in Korean and light, after a new start, too; then as the browser likes it."""
    go(driver, url, "settings?tab=own")
    driver.click("input[name=language][value=ko]")
    has(driver, "main h1", "설정")
    driver.click("input[name=theme][value=light]")
    driver.visit(url)
    root = "document.documentElement"
    driver.becomes(f"{root}.lang === 'ko' && {root}.dataset.theme === 'light'")
    go(driver, url, "settings?tab=own")
    driver.click("input[name=language][value=en]")
    has(driver, "main h1", "Settings")
    driver.click("input[name=theme][value=auto]")


def start_first(driver: Driver, url: str) -> None:
    """Go through the steps of the first start, to who stands before the first camera."""
    driver.visit(f"{url}#/settings")
    press(driver, "Make the first administrator")
    fill(driver, "input[name=name]", "kim")
    fill(driver, "input[name=password]", PASSWORD)
    press(driver, "Next")
    has(driver, "h1", "The first camera")
    driver.becomes("document.activeElement.tagName === 'H1'")
    press(driver, "Next")
    has(driver, "h1", "A test")
    press(driver, "Show me the cameras")
    has(driver, ".scene[data-state=live]")
    has(driver, "main h1", "gate")


def sign_out(driver: Driver, url: str) -> None:
    """Sign out, to where the page asks who one is."""
    go(driver, url, "settings?tab=own")
    press(driver, "Sign out")
    has(driver, "form.card input[name=password][autocomplete=current-password]")


def sign_in(driver: Driver, name: str, password: str = PASSWORD) -> None:
    """Say who one is."""
    fill(driver, "input[name=name]", name)
    fill(driver, "input[name=password]", password)
    press(driver, "Sign in")


def add_person(driver: Driver, url: str, name: str) -> None:
    """Let somebody look."""
    go(driver, url, "settings?tab=users")
    fill(driver, "form input[name=name]", name)
    fill(driver, "form input[name=password]", PASSWORD)
    choose(driver, "form select[name=role]", "viewer")
    press(driver, "Add a person")
    has(driver, "tbody tr", name)
    driver.becomes("document.querySelector('tbody tr:last-child select').value === 'viewer'")


def remove_person(driver: Driver, url: str, name: str) -> None:
    """Let somebody look no more."""
    go(driver, url, "settings?tab=users")
    has(driver, "tbody tr", name)
    agree(driver)
    press(driver, "Remove", name)
    lacks(driver, "tbody tr", name)


def make_key(driver: Driver, url: str, name: str) -> str:
    """Make a key, and return it: it is shown once."""
    go(driver, url, "settings?tab=keys")
    fill(driver, "form input[name=name]", name)
    press(driver, "Make a key")
    has(driver, ".made code")
    made = str(driver.value("document.querySelector('.made code').textContent"))
    go(driver, url, "settings?tab=keys")
    has(driver, "tbody tr", name)
    lacks(driver, ".made")
    return made


def remove_key(driver: Driver, name: str) -> None:
    """Remove the only key."""
    press(driver, "Remove", name)
    lacks(driver, "tbody tr")


def look_only(driver: Driver, url: str, alert: str) -> None:
    """Whoever may only look sees an alert, and is offered nothing else."""
    go(driver, url, f"alerts/{alert}")
    has(driver, "article.alert h1", "Fall")
    lacks(driver, "article.alert button", "Acknowledge")
    go(driver, url, "settings")
    has(driver, ".tabs a")
    lacks(driver, ".tabs a", "People")
