"""The same acts in Firefox as in Chromium."""

import time
from collections.abc import Iterator

import msgspec
import pytest
from support.firefox import FirefoxTab, firefox
from support.page_acts import ChromiumTab, Driver, accept_drift, go, says, try_model
from support.page_browser import opened_page
from support.page_history import give_model, give_near_miss
from support.page_site import PageSite, made_alert
from support.waiting import eventually

from inference.drift.record import DriftRecord, DriftSign
from service.ports.canary import CanaryShowing

pytestmark = pytest.mark.slow
VIEWS = (
    "watch", "watch/gate", "alerts", "near", "cameras", "cameras/gate", "cameras?tab=week",
    "cameras/+", "health", "settings?tab=outputs", "settings?tab=audit",
)  # fmt: skip
DRAWN = """(() => {
  const canvas = document.querySelector('.replay canvas');
  if (!canvas) return false;
  const seen = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return seen.some((value, i) => i % 4 === 3 && value > 200);
})()"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirefoxTab]:
    """Firefox, for all tests of this file."""
    with firefox(tmp_path_factory.mktemp("firefox")) as found:
        yield found


def test_each_view_opens(site: PageSite, tab: FirefoxTab) -> None:
    """Every view is drawn without a complaint."""
    tab.visit(site.url)
    tab.becomes("document.querySelectorAll('.tile[data-state=live]').length === 6")
    for view in VIEWS:
        tab.value(f"location.hash = '#/{view}'")
        tab.becomes("document.querySelector('main h1, main h2') !== null")
        tab.becomes("document.querySelector('main [aria-busy=true]') === null")
    assert tab.faults == []


def test_an_alert_is_worked_through(site: PageSite, tab: FirefoxTab) -> None:
    """It comes while one looks, is opened by a click, replayed, acknowledged, judged and noted."""
    tab.visit(site.url)
    tab.value("location.hash = '#/alerts'")
    tab.becomes("document.querySelector('.filters') !== null")
    alert = site.put(made_alert(1, "person_down", camera="yard"))
    row = f"[data-row='{alert.id}']"
    tab.becomes(f'document.querySelector("{row}") !== null')

    tab.click(row)
    tab.becomes(DRAWN)
    tab.press("a", "f")
    tab.press("n")
    tab.becomes("document.activeElement.tagName === 'TEXTAREA'")
    tab.press(*"by cat", "Tab", "Enter")
    tab.becomes("document.querySelector('dialog[open]') === null")

    done = ["acknowledged", "note", "verdict"]
    url = f"/alerts/{alert.id}"
    assert eventually(
        lambda: sorted(each["type"] for each in site.service.http.get(url).json()["acts"]) == done
    )
    tab.press("Escape")
    tab.becomes("location.hash === '#/alerts'")
    assert tab.faults == []


def test_a_near_miss_is_labelled(site: PageSite, tab: FirefoxTab) -> None:
    """Chosen by a click, replayed, and labelled by one key that is sent when the page is left."""
    name = give_near_miss(site, 1, "gate", 60.0)
    tab.visit(site.url)
    tab.value("location.hash = '#/near'")
    row = f"[data-row='{name}']"
    tab.becomes(f'document.querySelector("{row}") !== null')

    tab.click(row)
    tab.becomes(DRAWN)
    tab.press("f")
    tab.becomes(f"document.querySelector(\"{row} .mark\")?.textContent === 'No'")
    tab.value("dispatchEvent(new Event('pagehide'))")

    said = "/near-misses"
    assert eventually(
        lambda: site.service.http.get(said).json()["near_misses"][0]["label"] == "false"
    )
    assert tab.faults == []


def test_an_output_is_added_and_the_change_is_listed(site: PageSite, tab: FirefoxTab) -> None:
    """The form is filled in by keyboard; its host is shown, and who added it is on record."""
    tab.visit(site.url)
    tab.value("location.hash = '#/settings?tab=outputs'")
    tab.becomes("document.querySelector('input[name=url]') !== null")
    tab.click("input[name=name]")
    tab.press(*"desk")
    tab.click("input[name=url]")
    tab.press(*"https://desk.example.org/x")
    tab.click("form button.main")
    tab.becomes("document.querySelector('.cards .card')?.textContent.includes('desk.example.org')")

    tab.value("location.hash = '#/settings?tab=audit'")
    tab.becomes("document.querySelector('tbody')?.textContent.includes('added an output')")
    site.service.http.delete("/outputs/desk")
    assert tab.faults == []


@pytest.fixture(scope="module", params=["firefox", "chromium"])
def driver(request: pytest.FixtureRequest, site: PageSite) -> Iterator[Driver]:
    """Each browser, one after the other."""
    if request.param == "firefox":
        yield request.getfixturevalue("tab")
        return
    browser = request.getfixturevalue("browser")
    with opened_page(browser, site.url) as page:
        yield ChromiumTab(page)


def test_a_new_scene_is_taken_as_usual(site: PageSite, driver: Driver) -> None:
    """By an administrator, on the camera's own page; it learns it then."""
    sign = DriftSign(
        sign="scene", statistic=2300.0, limit=1000.0, at=time.time(), apart=1.2, least_apart=0.5
    )
    known = site.service.dependencies.drift.of(["hall"])["hall"].number  # by the other browser
    drifts = DriftRecord(
        number=known + 1, state="drifting", since=time.time() - 7200, signs=(sign,)
    )
    site.service.dependencies.drift.put("hall", drifts)

    accept_drift(driver, site.url, "hall")

    assert site.service.http.get("/cameras/hall/drift").json()["state"] == "recalibrating"


def test_a_failed_canary_needs_somebody(site: PageSite, driver: Driver) -> None:
    """Health says at which stage the drawn fall was lost, and what to do."""
    failed = CanaryShowing(
        process="camera-1", path="motion", state="failed", at=time.time(), stage="detect",
        reason="nobody was found in any picture", remedy="fetch the weights anew", failures=1,
    )  # fmt: skip
    site.service.dependencies.canary.put(failed)

    go(driver, site.url, "health")

    says(driver, "nobody was found in any picture; fetch the weights anew")
    driver.becomes("document.querySelector('.troubles').textContent.includes('camera-1')")
    passed = msgspec.structs.replace(failed, state="passed", stage=None, reason="", remedy="")
    site.service.dependencies.canary.put(passed)


def test_a_model_is_tried_and_its_trial_ended(
    site: PageSite, driver: Driver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its row has the buttons; what the trial has shown stands below."""
    name = "harbour" if isinstance(driver, ChromiumTab) else "lighthouse"
    give_model(site, tmp_path_factory.mktemp("model"), name)

    try_model(driver, site.url, name)

    assert site.service.http.get("/models/shadow").json()["model"] is None
