"""The page for everybody: by axe's rules, at every width, by keyboard alone."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from support.page_browser import opened_page
from support.page_history import give_history, give_near_miss, give_scene
from support.page_site import PageSite, made_alert

pytestmark = pytest.mark.slow
Visit = Callable[..., Page]
AXE = Path(__file__).resolve().parents[2] / "support" / "axe"
# WCAG 2.2 AA, and what holds for pages in general.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOK = """async (rules) => {
  const found = await axe.run(document, { runOnly: { type: 'tag', values: rules } });
  return found.violations.map((each) => [each.id, each.nodes.map((node) => node.html).slice(0, 3)]);
}"""
VIEWS = (
    "watch", "watch/gate", "alerts", "alerts/alert-1", "cameras", "cameras/gate",
    "cameras?tab=week", "cameras/+", "health", "settings", "settings?tab=modes",
    "settings?tab=snoozes", "settings?tab=outputs", "settings?tab=audit", "settings?tab=about",
    "near",
)  # fmt: skip
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"}
TABLET: dict[str, Any] = {
    "viewport": {"width": 820, "height": 1180}, "color_scheme": "light", "locale": "ko-KR",
}  # fmt: skip
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}
ONLY_LOOKS = """async () => {
  const { access } = await import(new URL('page/core/connection.js', location.href));
  access.set((who) => ({ ...who, role: 'viewer' }));
}"""
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
# On a phone no column of a table is cut; a list may be scrolled on wider screens.
CUT_TABLE = """innerWidth < 640 && [...document.querySelectorAll('.table')]
  .some((table) => table.scrollWidth > table.clientWidth)"""


@pytest.fixture(scope="module", autouse=True)
def alerts(site: PageSite) -> None:
    """An open alert, and one that is over."""
    site.put(made_alert(1, "person_down", others=("fall",)))
    site.put(made_alert(2, "movement", camera="yard", closed_after_s=4.0, rarity_hours=2.0))
    give_history(site, "gate")
    give_scene(site, "gate", 0.4)
    give_near_miss(site, 1, "gate", 60.0)
    site.service.dependencies.system_events.raise_("store-full", "the disk is 93 % full")
    site.away["lobby"] = ("lost", "auth: the camera refuses the password")
    site.notes["yard"] = ("YOLOX weights unavailable: people are found by motion",)
    site.slow["hall"] = 0.8


def test_axe_is_the_released_one() -> None:
    """What judges is as its authors released it."""
    manifest = json.loads((AXE / "manifest.json").read_text())
    source = (AXE / manifest["file"]).read_bytes()

    assert hashlib.sha256(source).hexdigest() == manifest["sha256"]


@pytest.mark.parametrize("device", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_axe_finds_nothing(site: PageSite, browser: Browser, device: dict[str, Any]) -> None:
    """No view breaks a rule of WCAG 2.2 AA, or is wider than its screen."""
    with opened_page(browser, site.url, **device) as page:
        page.evaluate((AXE / "axe.min.js").read_text())
        faults: dict[str, object] = {}
        for view in VIEWS:
            page.evaluate(f"location.hash = '#/{view}'")
            page.locator("main h1, main h2").first.wait_for(state="attached")
            expect(page.locator("main [aria-busy=true]")).to_have_count(0)
            if found := page.evaluate(LOOK, RULES):
                faults[view] = found
            if page.evaluate(CUT_TABLE):
                faults[f"{view} cuts a table"] = view
            if page.evaluate(TOO_WIDE):
                faults[f"{view} is too wide"] = page.evaluate(
                    "document.documentElement.scrollWidth"
                )
        assert faults == {}


def test_without_motion_nothing_moves_by_itself(visit: Visit) -> None:
    """Who asks for less motion gets replays that stand until they are played."""
    page = visit("alerts/alert-1", reduced_motion="reduce")

    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_with_forced_colours_what_needs_somebody_still_stands_out(visit: Visit) -> None:
    """Windows' high contrast: every row has an edge, and what is focused an outline."""
    page = visit("alerts", forced_colors="active")
    row = page.locator("[data-row='alert-1']")
    expect(row).to_be_visible()
    row.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")

    style = "getComputedStyle(document.activeElement)"
    assert page.evaluate("document.activeElement.dataset.row") == "alert-1"
    assert page.evaluate(f"{style}.outlineStyle") == "solid"
    assert page.evaluate(f"{style}.borderTopStyle") == "solid"


def test_who_may_not_change_cameras_is_told_so(visit: Visit) -> None:
    """A view that is not for somebody says so, and does not break."""
    page = visit("watch")
    page.locator(".tile").first.wait_for()  # by then the service has said who one is
    page.evaluate(ONLY_LOOKS)
    page.evaluate("location.hash = '#/cameras/+'")

    expect(page.get_by_text("This is not for you to change.")).to_be_visible()
    expect(page.get_by_role("button", name="Add a camera")).to_have_count(0)


def test_a_phone_says_what_was_done_and_what_is_armed(site: PageSite, visit: Visit) -> None:
    """What became of an alert in its row, and the clock with the connection in the bar."""
    one = site.put(made_alert(3, "fall", camera="hall", closed_after_s=4.0))
    site.service.http.post(f"/alerts/{one.id}/acknowledge")
    page = visit("alerts", **PHONE)

    mark = page.locator(f"[data-row='{one.id}'] .mark")
    expect(mark).to_have_text("Acknowledged")
    expect(mark).to_be_visible()
    expect(page.locator(".bar .clock time")).to_be_visible()
    assert not page.evaluate(TOO_WIDE)
