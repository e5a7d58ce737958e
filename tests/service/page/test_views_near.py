"""Near misses in a real browser: looked at, and labelled by one key."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from support.page_browser import HELD
from support.page_history import give_near_miss
from support.page_site import PageSite
from support.waiting import eventually

pytestmark = pytest.mark.slow
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def kept(site: PageSite) -> list[str]:
    """Three near misses of two cameras, the newest first."""
    return [
        give_near_miss(site, 1, "gate", 100.0, score=1.9),
        give_near_miss(site, 2, "hall", 90_000.0, score=1.8),
        give_near_miss(site, 3, "hall", 180_000.0, score=1.7),
    ]


def labels(site: PageSite) -> dict[str, str | None]:
    """What was said of each near miss."""
    found = site.service.http.get("/near-misses").json()["near_misses"]
    return {each["id"]: each["label"] for each in found}


def test_near_misses_are_labelled_by_keyboard(
    site: PageSite, visit: Visit, kept: list[str]
) -> None:
    """From anywhere by m; j moves, Enter opens and replays, one key says what it was."""
    page = visit("alerts", scripts=[HELD])
    expect(page.get_by_role("link", name="Near misses")).to_be_visible()
    page.keyboard.press("m")
    expect(page.locator("[data-row]")).to_have_count(3)

    page.keyboard.press("j")
    expect(page.locator(f"[data-row='{kept[0]}']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Unusual movement gate")).to_be_visible()
    expect(page.locator(".replay canvas")).to_be_visible()
    speed = page.get_by_role("group", name="Speed")
    page.keyboard.press("<")
    expect(speed.get_by_role("button", name="½×")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"[data-row='{kept[0]}'] canvas.thumbnail")).to_be_visible()
    expect(page.get_by_text("It came 95 % of the way to an alert")).to_be_visible()
    page.keyboard.press("t")
    expect(page.locator(f"[data-row='{kept[0]}'] .mark")).to_have_text("Yes")
    page.keyboard.press("z")
    expect(page.locator(f"[data-row='{kept[0]}'] .mark")).to_have_count(0)
    assert labels(site)[kept[0]] is None

    page.keyboard.press("f")
    page.keyboard.press("j")
    expect(page).to_have_url(f"{site.url}#/near/{kept[1]}")
    page.evaluate("dispatchEvent(new Event('pagehide'))")  # sends what waits
    assert eventually(lambda: labels(site)[kept[0]] == "false")
    page.keyboard.press("Escape")
    expect(page.locator(f"[data-row='{kept[1]}']")).to_be_focused()


def test_near_misses_of_a_camera_stand_in_the_address(visit: Visit, kept: list[str]) -> None:
    """Of one camera alone; one that is gone is said to be."""
    page = visit("near")
    page.get_by_label("Any camera").select_option("hall")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.reload()
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator(f"[data-row='{kept[0]}']")).to_have_count(0)

    page.evaluate("location.hash = '#/near/abc123'")

    expect(page.get_by_text("This near miss is not kept any more.")).to_be_visible()
