"""The wall in a real browser."""

import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.page_browser import opened_page, reload
from support.page_site import PageSite, made_alert, page_site, playing
from support.proxies import nginx

pytestmark = pytest.mark.slow
Visit = Callable[..., Page]


GEOMETRY = """() => {
  const box = (element) => element.getBoundingClientRect();
  const tiles = [...document.querySelectorAll('.tile')];
  const cut = tiles.filter((tile) => ['.name', '.picture', '.facts'].some((part) => {
    const [inner, outer] = [box(tile.querySelector(part)), box(tile)];
    return inner.height < 8 || inner.bottom > outer.bottom + 1 || inner.right > outer.right + 1;
  }));
  return {
    bottom: Math.max(...tiles.map((tile) => box(tile).bottom)),
    right: Math.max(...tiles.map((tile) => box(tile).right)),
    picture: Math.min(...tiles.map((tile) => box(tile.querySelector('.picture')).width)),
    cut: cut.map((tile) => tile.querySelector('.name').textContent),
    sideways: document.documentElement.scrollWidth > innerWidth,
  };
}"""

# The window has its new size, and the wall has been laid out for it.
SETTLED = """async (width) => {
  const places = () => [...document.querySelectorAll('.tile')].map((tile) => tile.style.cssText);
  const shape = () => places().join() + innerWidth;
  for (let before = '', now = shape(), same = 0; same < 4; before = now, now = shape()) {
    await new Promise(requestAnimationFrame);
    same = before === now && innerWidth === width ? same + 1 : 0;
  }
}"""


# Of what is said in a tile, what is wider than its place.
CUT_WORDS = """() => {
  const words = [...document.querySelectorAll('.tile :is(.name, .why, .why span, .held, .until)')];
  const right = (element) => element.getBoundingClientRect().right;
  const isCut = (each) => getComputedStyle(each).display !== 'inline'
    && each.scrollWidth > each.clientWidth + 1;
  return words.filter((each) => isCut(each) || right(each) > right(each.closest('.tile')) + 0.5)
    .map((each) => `${each.className}: ${each.textContent}`);
}"""


@pytest.mark.parametrize("cameras", [1, 6, 16, 32, 64])
def test_a_wall_fits_its_screen(browser: Browser, tmp_path: Path, cameras: int) -> None:
    """Every camera is on a desk's screen and on a large one, with an open alert, too.

    On a phone that lies on its side nothing of a tile is cut off, and nothing is wider than it.
    The smallest tile, too, says until when alerts are held back.
    """
    with page_site(tmp_path, cameras) as site:
        site.put(made_alert(1, "fall"))
        held = {"camera": site.cameras[-1], "until": time.time() + 7200, "reason": "painters"}
        site.service.http.post("/snoozes", json=held).raise_for_status()
        desk = {"width": 1440, "height": 900}
        with opened_page(browser, site.url, viewport=desk) as page:
            expect(page.locator(".tile")).to_have_count(cameras)
            expect(page.locator(".tile[data-alert]")).to_have_count(1)
            found = {}
            for size in (desk, {"width": 3840, "height": 2160}, {"width": 844, "height": 390}):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                width = size["width"]
                page.evaluate(SETTLED, width)
                found[width] = page.evaluate(GEOMETRY)
            expect(page.locator(".held")).to_have_text(re.compile(r"\d\d:\d\d"))
            expect(page.get_by_role("link", name=re.compile("Held until"))).to_have_count(1)
    for width, seen in found.items():
        assert seen["cut"] == [], width
        assert not seen["sideways"], width
        assert seen["right"] <= width
    assert found[1440]["bottom"] <= 900
    assert found[3840]["bottom"] <= 2160
    assert found[1440]["picture"] > 60
    assert found[3840]["picture"] > 2 * found[1440]["picture"]


# What tells at a glance where to look: the ground, the line and the second line around it.
RED = """(alerting) => {
  const probe = document.createElement('i');
  probe.style.cssText = 'background: var(--alarm-ground); color: var(--alarm-line)';
  document.body.append(probe);
  const wanted = getComputedStyle(probe);
  const [ground, line] = [wanted.backgroundColor, wanted.color];
  probe.remove();
  const reds = [...document.querySelectorAll('.tile')].filter((tile) => {
    const seen = getComputedStyle(tile.firstElementChild);
    const lines = seen.borderTopColor === line && seen.boxShadow.startsWith(line);
    return lines && seen.backgroundColor === ground;
  });
  return reds.map((tile) => tile.querySelector('.name').textContent).join() === alerting;
}"""


@pytest.mark.parametrize("language", ["en-GB", "ko-KR"])
@pytest.mark.parametrize("size", [(360, 800), (844, 390), (1440, 900)])
def test_no_word_of_a_tile_is_cut(
    browser: Browser, tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    """The kind of an open alert, and until when alerts of another kind are held back: days."""
    with page_site(tmp_path, 16) as site:
        for number, camera in enumerate(site.cameras[:3]):
            site.put(made_alert(number, "movement", camera=camera))
        for camera in site.cameras[1:6]:
            held = {"camera": camera, "kind": "running", "until": time.time() + 200_000}
            site.service.http.post("/snoozes", json=held).raise_for_status()
        viewport = {"width": size[0], "height": size[1]}
        with opened_page(browser, site.url, viewport=viewport, locale=language) as page:
            expect(page.locator(".tile[data-alert]")).to_have_count(3)
            expect(page.locator(".tile .held")).to_have_count(5)
            page.evaluate(SETTLED, size[0])

            assert page.evaluate(CUT_WORDS) == []


def test_a_camera_with_an_open_alert_comes_forward(site: PageSite, visit: Visit) -> None:
    """It stands first, is larger and alone is red; acknowledged, it goes back to its place.

    It is red when the alert opens under somebody's eyes and when it was open before they came.
    """
    page = visit(viewport={"width": 1440, "height": 900})
    expect(page.locator(".tile")).to_have_count(6)
    # Read after the socket was open: what opens from now on is announced.
    expect(page.get_by_text("No alerts so far")).to_be_visible()
    alert = site.put(made_alert(1, "person_down", camera="stairs"))

    first = page.locator(".tile").first
    expect(first).to_contain_text("stairs")
    expect(first).to_contain_text("Person down")
    large, calm = first.bounding_box(), page.locator(".tile").last.bounding_box()
    assert large is not None
    assert calm is not None
    assert large["width"] > 1.8 * calm["width"]
    page.wait_for_function(RED, arg="stairs")
    expect(page.locator("[aria-live=assertive]")).to_have_text("Alert: Person down · stairs")
    expect(page).to_have_title("(1) Posewarden")
    assert page.locator("link[rel=icon]").get_attribute("href") == "page/icon-alert.svg"

    reload(page)
    expect(page.locator(".tile").first).to_contain_text("Person down")
    page.wait_for_function(RED, arg="stairs")

    site.service.http.post(f"/alerts/{alert.id}/acknowledge")

    expect(page.locator(".tile").first).to_contain_text("gate")
    page.wait_for_function(RED, arg="")
    expect(page).to_have_title("Posewarden")


def test_what_is_wrong_with_a_camera_is_said(site: PageSite, visit: Visit) -> None:
    """Why it gives no picture and since when; what it says besides reaches the page, too."""
    site.away["yard"] = ("lost", "auth: the camera refuses the password")
    site.notes["gate"] = ("people are found by motion, so only once they move",)
    page = visit()

    tile = page.locator(".tile", has_text="yard")
    expect(tile).to_contain_text("No picture since")
    expect(tile).to_contain_text("refuses the password")
    page.get_by_role("link", name=re.compile("gate.*Watched")).click()

    expect(page.locator(".close .notes")).to_contain_text("people are found by motion")
    page.keyboard.press("Escape")
    expect(page.locator(".wall")).to_be_visible()


def test_a_camera_that_can_judge_nobody_is_no_calm_room(site: PageSite, visit: Visit) -> None:
    """Its tile says why, also to those who do not see it, and counts no people."""
    site.slow["stairs"] = 0.8
    page = visit()

    tile = page.locator(".tile[data-state=unwatched]")
    expect(tile).to_contain_text("stairs")
    few = "0.8 of 10 frames a second are processed: too few to judge anybody."
    expect(tile.locator(".away")).to_have_text(f"Not watched{few}")
    expect(
        page.get_by_role("link", name=re.compile("stairs.*(Watched|people|person)"))
    ).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("gate.*Watched"))).to_have_count(1)
    tile.click()
    expect(page.locator(".close > header .state")).to_have_text("Not watched")
    expect(page.locator(".scene .away")).to_contain_text("0.8 of 10 frames a second")
    del site.slow["stairs"]
    expect(page.locator(".close > header .state")).to_have_text("Watched")


# What the page asks the service for, while a test looks on; the last one holds.
ASKED = """
const Socket = WebSocket; window.asked = []; window.heard = [];
WebSocket = class extends Socket {
  constructor(url) {
    super(url);
    if (!url.pathname.endsWith('/ws/live')) return;
    this.addEventListener('message', ({ data }) =>
      window.heard.push(JSON.parse(data).cameras.map((each) => each.name).sort().join(' ')));
  }
  send(text) {
    const { subscribe } = JSON.parse(text);
    if (subscribe) window.asked.push(JSON.stringify(subscribe.cameras));
    super.send(text);
  }
};
"""
HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_only_what_is_on_screen_is_sent(visit: Visit) -> None:
    """All of a wall that fits, one of a camera that is looked at, nothing for what nobody sees."""
    page = visit(scripts=[ASKED])
    asked, heard = "window.asked.at(-1)", "window.heard.at(-1)"
    page.wait_for_function(f"() => {asked} === 'null' && {heard}?.split(' ').length === 6")
    page.locator(".tile", has_text="gate").click()
    page.wait_for_function(f"() => {asked} === '[\"gate\"]' && {heard} === 'gate'")
    page.evaluate(HIDE, True)
    page.wait_for_function(f"() => {asked} === '[]' && {heard} === ''")
    page.evaluate(HIDE, False)
    page.wait_for_function(f"() => {heard} === 'gate'")
    page.evaluate("location.hash = '#/alerts'")
    page.wait_for_function(f"() => {asked} === '[]' && {heard} === ''")
    # What is not sent is read from the list of cameras: it is known all the same.
    page.evaluate("location.hash = '#/cameras'")
    expect(page.locator(".card[data-state=live]").first).to_be_visible()


def test_tiles_off_screen_are_not_sent(site: PageSite, visit: Visit) -> None:
    """A phone shows some of the cameras; others come when it is scrolled to them."""
    page = visit(scripts=[ASKED], viewport={"width": 360, "height": 320})
    page.wait_for_function("() => window.asked.at(-1)?.includes('gate')")
    first = page.evaluate("JSON.parse(window.asked.at(-1))")
    assert 0 < len(first) < len(site.cameras)

    page.locator(".tile").last.scroll_into_view_if_needed()

    last = page.locator(".tile .name").last.inner_text()
    page.wait_for_function(f"() => window.heard.at(-1)?.split(' ').includes('{last}')")
    assert page.evaluate("JSON.parse(window.asked.at(-1))") != first


def test_without_the_service_no_camera_is_live(browser: Browser, tmp_path: Path) -> None:
    """When the service is gone the page says since when, and no longer that cameras are watched."""
    with ExitStack() as running:
        site = running.enter_context(page_site(tmp_path))
        running.enter_context(playing(site))
        with opened_page(browser, site.url) as page:
            expect(page.locator(".tile[data-state=live]")).to_have_count(6)

            running.close()

            expect(page.get_by_role("alert")).to_contain_text("The service does not answer")
            expect(page.locator(".tile[data-state=live]")).to_have_count(0)
            expect(page.locator(".tile").first).to_contain_text("Not known")


def test_nothing_is_claimed_before_the_key_is_given(browser: Browser, tmp_path: Path) -> None:
    """A locked page says nothing of alerts; a wrong key is said, the right one opens it."""
    with (
        page_site(tmp_path, api_key="right") as site,
        playing(site),
        opened_page(browser, site.url) as page,
    ):
        key = page.get_by_label("Key")
        expect(key).to_be_focused()
        expect(page.get_by_text("No alerts")).to_have_count(0)
        page.keyboard.press("Escape")
        key.fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("not the key")

        key.fill("right")
        page.keyboard.press("Enter")

        expect(page.locator(".tile")).to_have_count(6)


def test_the_page_works_under_a_path_of_another_host(
    site: PageSite, browser: Browser, tmp_path: Path
) -> None:
    """Behind nginx with TLS, under /posewarden/: files, alerts and both sockets are found."""
    alert = site.put(made_alert(2, "fall", closed_after_s=5))
    with nginx(tmp_path, site.service.url.removeprefix("http://")) as proxy:
        url = f"{proxy.origin('www.example.org')}/posewarden"
        with opened_page(browser, url, ignore_https_errors=True) as page:
            expect(page.locator(".tile[data-state=live]").first).to_be_visible()
            expect(page.locator(f".line[href$='{alert.id}']")).to_be_visible()
            assert page.evaluate("location.pathname") == "/posewarden/"


# Somebody walks evenly; frames of a camera come by messages that are late by up to 40 ms. The time
# is made up: nothing here depends on how fast the machine is.
WALK = """async ([fps, late]) => {
  const { glide } = await import(new URL('page/draw/glide.js', location.href));
  const [people, out, pace] = [glide(), new Float32Array(51), 0.2];
  const frame = (ms) => Math.floor(ms * fps / 1000);
  const joints = (at) => Array.from({ length: 17 }, () => [pace * at, 50, 1]);
  const steps = [];
  for (let now = 0, beat = 0, before = null; now < 20000; now += 1000 / 60) {
    for (; beat * 100 + late[beat % late.length] <= now; beat += 1) {
      const seq = frame(beat * 100 + 1000);
      const at = seq * 1000 / fps;
      people.update([{ session: 's', number: 1, score: null, joints: joints(at) }], seq,
        beat * 100 + late[beat % late.length], at / 1000);
    }
    const [person] = people.people.values();
    if (!person) continue;
    const [x] = people.at(person, now, out);
    if (now > 5000 && before !== null) steps.push((x - before) / (pace * 1000 / 60));
    before = x;
  }
  return steps;
}"""


@pytest.mark.parametrize("fps", [2, 6, 10, 12, 25])
def test_who_walks_evenly_is_drawn_evenly(visit: Visit, fps: int) -> None:
    """Whenever messages come: nobody stops, goes back or leaps between two of them."""
    page = visit()

    steps = page.evaluate(WALK, [fps, [3, 40, 12, 0, 25, 31, 8]])

    assert len(steps) > 800
    assert min(steps) > 0.8
    assert max(steps) < 1.2
