"""The page behind a link in a message, as people see it in their browsers, without any script."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from support.firefox import firefox
from support.page_browser import opened_page
from support.page_site import PageSite, made_alert

from service.outputs.links import Action, LinkSigner

pytestmark = pytest.mark.slow
AXE = Path(__file__).resolve().parents[2] / "support" / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOK = """async (rules) => (await axe.run(document, { runOnly: { type: 'tag', values: rules } }))
  .violations.map((each) => [each.id, each.nodes.map((node) => node.html).slice(0, 3)])"""
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
DEVICES: dict[str, dict[str, Any]] = {
    "en-GB": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
    "ko-KR": {"color_scheme": "dark", "viewport": {"width": 1440, "height": 900}},
}
SAID = {
    "en-GB": ("Acknowledge this alert?", "Acknowledge", "Acknowledged.", "used already"),
    "ko-KR": ("이 경보를 확인하시겠습니까?", "확인", "확인했습니다.", "이미 사용된"),
}


@pytest.fixture(scope="module", autouse=True)
def alert(site: PageSite) -> None:
    """What the links are about."""
    site.put(made_alert(1, "person_down"))


def link(site: PageSite, action: Action, key: str) -> str:
    """The address of a link in a message."""
    desk = site.service.dependencies.outputs
    return f"{site.url}links/{desk.signer.token(action, 'alert-1', 'phone', key)}"


def broken(site: PageSite) -> dict[str, str]:
    """Addresses of links that do nothing, by the state that is shown."""
    desk = site.service.dependencies.outputs
    long_ago = LinkSigner(desk.links, lambda: desk.clock() - 30 * 86_400)
    forged = link(site, "snooze", "forged").rpartition(".")[0]
    tokens = {
        "expired": long_ago.token("snooze", "alert-1", "phone", "old"),
        "gone": desk.signer.token("snooze", "no-such-alert", "phone", "gone"),
    }
    return {"forged": f"{forged}.AAAA"} | {
        state: f"{site.url}links/{token}" for state, token in tokens.items()
    }


def faults(page: Page) -> list[object]:
    """What axe and the width complain of."""
    return [*page.evaluate(LOOK, RULES), *(["too wide"] if page.evaluate(TOO_WIDE) else [])]


@pytest.mark.parametrize("locale", DEVICES)
def test_the_button_acts_once_and_everybody_can_read_it(
    site: PageSite, browser: Browser, locale: str
) -> None:
    """In English and Korean, light and dark, on phone and desk; axe finds nothing."""
    question, button, done, used = SAID[locale]
    address = link(site, "acknowledge", locale)
    found: dict[str, object] = {}
    with opened_page(browser, address, locale=locale, **DEVICES[locale]) as page:
        page.evaluate(AXE.read_text())
        expect(page.locator("h1")).to_have_text(question)
        expect(page.locator("button")).to_have_count(1)
        found["asks"] = faults(page)
        page.get_by_role("button", name=button, exact=True).press("Enter")
        expect(page.locator("main")).to_contain_text(done)
        page.evaluate(AXE.read_text())
        found["done"] = faults(page)
        page.goto(address)
        expect(page.locator("main")).to_contain_text(used)
        expect(page.locator("button")).to_have_count(0)

    assert found == {"asks": [], "done": []}
    acts = site.service.http.get("/alerts/alert-1").json()["acts"]
    assert acts[-1]["author"] == "link to phone"


@pytest.mark.parametrize("locale", DEVICES)
def test_links_that_do_nothing_say_why(site: PageSite, browser: Browser, locale: str) -> None:
    """Forged, too old, or about an alert that is gone: a designed state without a button."""
    found = {}
    with opened_page(browser, "about:blank", locale=locale, **DEVICES[locale]) as page:
        for state, address in broken(site).items():
            answer = page.request.get(address, headers={"Accept-Language": locale})
            page.set_content(answer.text())
            page.evaluate(AXE.read_text())
            expect(page.locator("main")).to_have_attribute("data-state", state)
            expect(page.locator("button")).to_have_count(0)
            found[state] = (answer.status, faults(page))

    assert found == dict.fromkeys(("forged", "expired", "gone"), (410, []))


@pytest.fixture
def without_script(tmp_path: Path) -> Path:
    """A profile of Firefox whose pages run no script."""
    (tmp_path / "user.js").write_text('user_pref("javascript.enabled", false);\n')
    return tmp_path


def test_it_works_without_script_in_chromium(site: PageSite, browser: Browser) -> None:
    """Nothing but a form."""
    address = link(site, "not-an-alarm", "no script")
    with opened_page(browser, address, java_script_enabled=False) as page:
        page.get_by_role("button").click()
        expect(page.locator("main")).to_contain_text("Noted: not an alarm.")


def test_it_works_without_script_in_firefox(site: PageSite, without_script: Path) -> None:
    """By the pointer."""
    address = link(site, "snooze", "firefox")
    with firefox(without_script) as tab:
        tab.visit(address)
        tab.becomes("document.querySelectorAll('button').length === 1")
        tab.click_without_script("button")
        tab.becomes("document.querySelector('main').dataset.state === 'done'")
        text = tab.value("document.querySelector('main').textContent")

    assert "Snoozed for one hour." in text
    (snooze,) = site.service.dependencies.snoozes.all()
    assert snooze.author == "link to phone"
