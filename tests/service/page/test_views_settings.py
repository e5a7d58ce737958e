"""Outputs, changes, discovery and backgrounds in a real browser."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from support.page_browser import reload
from support.page_history import give_history
from support.page_site import PageSite
from support.waiting import eventually

from service.ports.status import Stills

pytestmark = pytest.mark.slow
Visit = Callable[..., Page]


def picture() -> bytes:
    """A small floor plan."""
    file = io.BytesIO()
    Image.new("RGB", (64, 36), (40, 60, 80)).save(file, "PNG")
    return file.getvalue()


def test_what_is_wrong_is_said_in_korean(visit: Visit) -> None:
    """What the service refuses in a form, by its code; and what a receiver's test says."""
    page = visit("settings?tab=outputs", locale="ko-KR")
    name, wrong = page.get_by_label("이름"), page.get_by_role("alert")
    name.fill("Front Desk")
    page.get_by_role("textbox", name="주소").fill("https://127.0.0.1:9/hook")
    page.get_by_role("button", name="출력 추가").click()
    expect(wrong).to_contain_text("소문자 a에서 z, 숫자, 하이픈만 쓸 수 있습니다.")
    assert wrong.get_attribute("lang") is None

    name.fill("front-desk")
    page.get_by_role("button", name="출력 추가").click()
    card = page.locator(".card", has=page.get_by_role("heading", name="front-desk"))
    card.get_by_role("button", name="시험 전송").click()

    expect(card.get_by_role("status")).to_contain_text("이 컴퓨터나 그 링크의 주소입니다")
    card.get_by_role("button", name="삭제").click()
    expect(card).to_have_count(0)


def test_changes_are_listed_and_filtered(site: PageSite, visit: Visit) -> None:
    """Who changed what, in words; the filter stands in the address and survives a reload."""
    site.service.http.put("/arming/mode", json={"mode": "night"})
    site.service.http.put("/arming/mode", json={"mode": None})
    site.service.http.put("/cameras/yard/zones", json={"zones": [], "min_height_px": 40})
    page = visit("settings?tab=audit")
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="changed zones")).to_have_count(1)

    page.get_by_label("What").select_option("arming")

    expect(rows.filter(has_text="changed zones")).to_have_count(0)
    expect(rows.filter(has_text="chose a mode").first).to_be_visible()
    reload(page)
    expect(page.get_by_label("What")).to_have_value("arming")
    rows.first.locator("summary").click()
    expect(rows.first.locator("pre").first).to_be_visible()


def test_cameras_of_the_network_are_found_and_tried(visit: Visit) -> None:
    """A found camera fills the form; an address that gives nothing is said to, in words."""
    page = visit("cameras/+")
    page.get_by_role("button", name="Look for cameras").click()
    expect(page.get_by_text("2 cameras answered.")).to_be_visible()
    page.get_by_role("button", name="Use Hall").click()
    expect(page.get_by_label("Name")).to_have_value("hall")
    expect(page.get_by_label("Address")).to_have_value("rtsp://10.0.0.9/")

    page.get_by_label("Name").press("Enter")  # what was not tried yet is tried, not added

    expect(page.locator(".probe .wrong")).to_contain_text("No pictures come. not asked")


def test_a_floor_plan_is_put_behind_the_skeletons(site: PageSite, visit: Visit) -> None:
    """It is kept at once and can be removed; without one nothing is asked for."""
    page = visit("cameras/hall")
    expect(page.get_by_text("There is none.")).to_be_visible()
    file = {"name": "plan.png", "mimeType": "image/png", "buffer": picture()}
    page.get_by_label("PNG or JPEG").set_input_files([file])  # type: ignore[list-item]
    form = page.locator("form", has=page.get_by_label("PNG or JPEG"))

    form.get_by_role("button", name="Save").click()

    expect(page.get_by_text("There is one.")).to_be_visible()
    with page.expect_response("**/cameras/hall/background"):
        page.get_by_role("link", name="Watch", exact=True).last.click()
    page.go_back()
    form.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("There is none.")).to_be_visible()
    assert eventually(lambda: site.service.http.get("/cameras/hall/background").status_code == 404)


@contextmanager
def watching(stills: Stills, camera: str, picture: bytes) -> Iterator[None]:
    """Give a picture whenever one is asked for, as the camera's process does."""
    ends = threading.Event()

    def watch() -> None:
        while not ends.wait(0.01):
            if stills.is_wanted(camera):
                stills.put(camera, picture)

    process = threading.Thread(target=watch)
    process.start()
    try:
        yield
    finally:
        ends.set()
        process.join()


def test_a_blurred_still_becomes_the_background(site: PageSite, visit: Visit) -> None:
    """Of a camera that allows it; what is kept is blurred in the browser."""
    body = {"name": "attic", "source": "rtsp://10.0.0.12/", "stills": True}
    site.service.http.post("/cameras", json=body)
    file = io.BytesIO()
    Image.new("RGB", (320, 180), (200, 30, 30)).save(file, "JPEG")
    page = visit("cameras/attic")

    with watching(site.service.dependencies.stills, "attic", file.getvalue()):
        page.get_by_role("button", name="Take a blurred still").click()

        expect(page.get_by_text("There is one.")).to_be_visible()
    site.service.http.delete("/cameras/attic")


def test_how_rare_it_was_is_drawn_over_a_day(site: PageSite, visit: Visit) -> None:
    """In words beside the picture; a camera that has learned nothing yet says so."""
    give_history(site, "gate")
    page = visit("watch/gate")
    expect(page.get_by_text("Rarest: Unusual movement at")).to_be_visible()
    expect(page.locator(".rarity-over-time canvas")).to_be_visible()
    page.get_by_role("button", name="7 days").click()
    expect(page.get_by_text("Rarest: Unusual movement at")).to_be_visible()

    page.goto(f"{site.url}#/watch/yard")

    expect(page.get_by_text("Nothing was watched in this time.")).to_be_visible()
