"""A mail as people see it: sent through a real server, opened in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect
from support.mail_page import PUBLIC_URL, mail, show
from support.page_browser import chromium, opened_page

from service.outputs.message import Language

pytestmark = pytest.mark.slow
AXE = Path(__file__).resolve().parents[3] / "support" / "axe" / "axe.min.js"
LOOK = """async () => (await axe.run(document, { runOnly: { type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } }))
  .violations.map((each) => [each.id, each.nodes.map((node) => node.html).slice(0, 3)])"""
LOADED = "document.images[0].complete && document.images[0].naturalWidth"
LINKS = "[...document.links].map((each) => [each.textContent, each.href])"
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
GROUND = "getComputedStyle(document.body).backgroundColor"
TITLE = {
    "en": "Nobody has acknowledged: person down at ward-2",
    "ko": "아무도 확인하지 않음: 쓰러진 사람 · ward-2",
}
LABELS = {
    "en": ["Open", "Acknowledge", "Snooze this camera for 1 h", "Not an alarm"],
    "ko": ["열기", "확인", "이 카메라 1시간 끄기", "오경보"],
}
GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 29)"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for all tests of this file."""
    with chromium() as found:
        yield found


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_title_picture_and_links_are_there(
    browser: Browser, language: Language, theme: Literal["light", "dark"]
) -> None:
    """On a phone's width, without anything from elsewhere; axe finds nothing."""
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": theme}
    asked: list[str] = []
    with opened_page(browser, "about:blank", **phone) as page:
        page.on("request", lambda each: asked.append(each.url))
        show(page, mail(language))
        expect(page.locator("h1")).to_have_text(TITLE[language])
        picture = page.evaluate(LOADED)
        links = dict(page.evaluate(LINKS))
        ground, too_wide = page.evaluate(GROUND), page.evaluate(TOO_WIDE)
        page.evaluate(AXE.read_text())
        faults = page.evaluate(LOOK)

    assert picture == 320
    assert list(links) == LABELS[language]
    assert links[LABELS[language][0]] == f"{PUBLIC_URL}/#/alerts/a1b2"
    assert links[LABELS[language][1]] == f"{PUBLIC_URL}/links/token-of-acknowledge"
    assert (ground, too_wide, faults) == (GROUNDS[theme], False, [])
    assert [each for each in asked if not each.startswith("data:")] == []
