"""Cameras, zones, arming and settings in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from support.page_browser import reload
from support.page_history import give_scene
from support.page_site import PageSite
from support.waiting import eventually

pytestmark = pytest.mark.slow
Visit = Callable[..., Page]


def test_a_zone_is_drawn_by_mouse(site: PageSite, visit: Visit) -> None:
    """Its corners are dragged; what is saved is what is seen."""
    page = visit("cameras/stairs")
    page.get_by_role("button", name="Add a zone").click()
    corner = page.get_by_role("button", name=re.compile("^Corner 1:"))
    box, place = page.locator(".zone-picture").bounding_box(), corner.bounding_box()
    assert box is not None
    assert place is not None

    page.mouse.move(place["x"] + 12, place["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.2)
    page.mouse.up()
    expect(page.get_by_role("button", name="Corner 1: 10 % from the left, 20 %")).to_be_visible()
    page.get_by_role("button", name="Save").first.click()

    zones = eventually(lambda: site.service.http.get("/cameras/stairs/zones").json()["zones"])
    assert zones[0]["polygon"][0] == pytest.approx([0.1, 0.2], abs=0.02)


def test_health_says_it_in_a_sentence(site: PageSite, visit: Visit) -> None:
    """Everything is well, or what needs somebody stands there with its remedy."""
    page = visit("health")
    expect(page.get_by_role("heading", level=1)).to_have_text("All 6 cameras are watched")
    expect(page.get_by_text("Nothing needs you now.")).to_be_visible()

    site.away["yard"] = ("lost", "auth: the camera refuses the password")
    events = site.service.dependencies.system_events
    events.raise_("camera-lost", "for 31 s: no answer", camera="yard")
    give_scene(site, "hall", 0.4)
    reload(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("5 of 6 cameras are watched")
    troubles = page.locator(".troubles")
    expect(troubles).to_contain_text("refuses the password")
    expect(troubles).not_to_contain_text("for 31 s")  # as it was told then, not as it is now
    expect(troubles).to_contain_text("hall: 40 % of the time with people is not watched")
    expect(page.get_by_role("row", name="hall")).to_contain_text("40 %: too small")
    del site.away["yard"]
    events.clear("camera-lost", "it is back", camera="yard")


def test_health_counts_those_that_can_be_judged(site: PageSite, visit: Visit) -> None:
    """One of whose frames too few are processed is not watched, in the sentence and the table."""
    site.slow["hall"] = 0.4
    page = visit("health")

    expect(page.get_by_role("heading", level=1)).to_have_text("5 of 6 cameras are watched")
    troubles = page.locator(".troubles")
    expect(troubles).to_contain_text("hall: Not watched")
    expect(troubles).to_contain_text("0.4 of 10 frames a second are processed: too few to judge")
    expect(troubles).not_to_contain_text("hall: 0.4 of")  # not twice
    row = page.locator("tr", has=page.get_by_role("link", name="hall", exact=True))
    expect(row.locator("td").first).to_have_text("Not watched")
    expect(row).to_contain_text("0.4 / 10")
    del site.slow["hall"]
    expect(page.get_by_role("heading", level=1)).to_have_text("All 6 cameras are watched")


BOTH = """(name) => {
  const rows = [...document.querySelectorAll('tbody tr')];
  const row = rows.find((each) => each.querySelector('th')?.textContent === name);
  const told = document.querySelector('.troubles')?.textContent ?? '';
  return told.includes(`${name}: Picture frozen`) && row.querySelector('td').textContent;
}"""


def test_the_table_says_what_the_sentences_say(site: PageSite, visit: Visit) -> None:
    """Whenever one of them says that a camera is away, so does the other."""
    page = visit("health")
    row = page.locator("tr", has=page.get_by_role("link", name="yard", exact=True))
    expect(row.locator("td").first).to_have_text("Watched")

    site.away["yard"] = ("stalled", "no frame for 5 s")

    # In one look: the moment at which the sentence stands there.
    said = page.wait_for_function(BOTH, arg="yard").json_value()
    del site.away["yard"]
    assert said == "Picture frozen"


def answering(value: object) -> Callable[[Route], None]:
    """Answer a request with JSON of our own."""
    return lambda route: route.fulfill(json=value)


def test_nobody_alerted_is_said_first(site: PageSite, visit: Visit) -> None:
    """Whatever the cameras see: who looks at the sentence, or the wall, learns that it is lost."""
    page = visit("health")
    for missing, sentence in [
        ({"deciders": 0}, "Nobody is alerted of anything: no process decides"),
        ({"workers": []}, "Nobody is alerted of unusual movement: no worker scores"),
    ]:
        ready = site.service.http.get("/readyz").json() | missing
        page.route("**/readyz", answering(ready))
        reload(page)
        expect(page.get_by_role("heading", level=1)).to_have_text(sentence)

    events = site.service.dependencies.system_events
    events.raise_("no-decider", "no process decides")
    page.goto(f"{site.url}#/watch")
    reload(page)
    expect(page.get_by_role("alert")).to_have_text(
        "Nobody is alerted of anything: no process decides"
    )
    events.clear("no-decider", "a process decides")


def test_what_went_wrong_and_how_full_it_is(site: PageSite, visit: Visit) -> None:
    """What goes on stands on top with its remedy, what is over below; storage and version, too."""
    events = site.service.dependencies.system_events
    events.raise_("store-full", "the disk is 93 % full", remedy="make room", subject="disk")
    events.raise_("no-worker", "no worker answers")
    events.clear("no-worker", "a worker answers again")
    page = visit("health")

    expect(page.locator(".troubles")).to_contain_text("the disk is 93 % full")
    expect(page.locator(".troubles")).to_contain_text("make room")
    expect(page.get_by_role("row", name="No worker")).to_contain_text("over")
    expect(page.get_by_text("Posewarden", exact=True).last).to_be_visible()
    expect(page.get_by_text("not known").first).to_be_visible()
    events.clear("store-full", "there is room again", subject="disk")
