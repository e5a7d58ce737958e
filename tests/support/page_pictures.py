"""Pictures of every view for the documents: make pictures."""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image
from playwright.sync_api import Page

from inference.types import Alert, Explanation, ExplanationCode, ExplanationFacts, Kind
from service.api.shapes.about import Room, Storage
from service.ports.canary import CanaryPath, CanaryShowing
from support.page_browser import chromium, opened_page
from support.page_history import (
    give_history,
    give_model,
    give_near_miss,
    give_scene,
    give_scores,
)
from support.page_site import PageSite, made_alert, page_site, playing

CAMERAS = 16
COLOURS = 192  # of a PNG with a palette: a third of the bytes, and no eye sees it
SETTLES_MS = 2500
# Every thumbnail on screen is there.
DRAWN = """() => [...document.querySelectorAll('.row .thumbnail')].every((canvas) => {
  const box = canvas.getBoundingClientRect();
  if (!box.width || box.bottom < 0 || box.top > innerHeight) return true;
  if (!canvas.getContext) return false;
  const seen = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return seen.some((value, i) => i % 4 === 3 && value > 0);
})"""
ROW = "the first row"  # is clicked, in place of a button


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: a view on one device, or a part of it."""

    name: str
    view: str
    theme: str = "dark"
    language: str = "en-GB"
    width: int = 1440
    height: int = 900
    acts: Sequence[str] = ()
    part: str | None = None


PICTURES = (
    Picture("watch", "watch"),
    Picture("alerts", "alerts/alert-100"),
    Picture("camera", "watch/entrance"),
    Picture("zones", "cameras/entrance", acts=("Add a zone",)),
    Picture("week", "cameras?tab=week"),
    Picture("alert", "alerts/alert-101", height=1100),
    Picture("near", "near", acts=(ROW,)),
    Picture("models", "health", height=2300, part="section:has(h2:text-is('Models'))"),
    Picture("cameras", "cameras"),
    Picture("add", "cameras/+", acts=("Look for cameras in this network",)),
    Picture("health", "health", height=1240),
    Picture("outputs", "settings?tab=outputs"),
    Picture("changes", "settings?tab=audit"),
    Picture("settings", "settings"),
    Picture("watch-light", "watch", theme="light"),
    Picture("alerts-korean", "alerts/alert-100", theme="light", language="ko-KR"),
    Picture("watch-phone", "watch", width=390, height=844),
    Picture("alert-phone", "alerts/alert-100", width=390, height=844),
)


def fill(site: PageSite, folder: Path) -> None:
    """Let a day's alerts be there, two of them open, and one camera away."""
    now = time.time()
    for camera in site.cameras:
        give_history(site, camera, calibrated=camera != "roof")
        give_scene(site, camera, 0.38 if camera == "parking" else 0.02)
    for number in range(14):
        camera, ago_s = site.cameras[number % 5], 3000.0 + 9000.0 * number
        give_near_miss(site, number + 1, camera, ago_s, score=1.98 - 0.04 * number)
    site.away["lobby"] = (
        "lost", "auth: the camera refuses the password; set the right one in its source",
    )  # fmt: skip
    day: list[tuple[Any, str, float, float, float | None]] = [
        ("movement", "yard", 320, 4, 3.0),
        ("running", "dock", 960, 6, None),
        ("fall", "ward-1", 4000, 9, None),
        ("fight", "entrance", 9000, 14, None),
        *(("movement", "gate", 12_000 + 60 * i, 3, 0.4) for i in range(5)),
        *(("movement", "hall", 90_000 + 4000 * i, 3, 1.7 * (i + 1)) for i in range(8)),
    ]
    for number, (kind, camera, ago_s, lasted_s, rarity) in enumerate(day):
        made = made_alert(
            number, kind, camera=camera, at=now - ago_s, closed_after_s=lasted_s,
            rarity_hours=rarity,
        )  # fmt: skip
        site.put(explained(made))
    others: tuple[Kind, ...] = ("fall", "movement")
    for alert in (
        made_alert(101, "movement", camera="hall", at=now - 15, rarity_hours=3.0),
        made_alert(100, "person_down", camera="ward-2", at=now - 50, others=others),
    ):
        give_scores(site, site.put(explained(alert)))
    give_outputs(site)
    site.service.http.post(f"/models/{give_model(site, folder)}/shadow").raise_for_status()
    site.service.http.post(
        "/snoozes",
        json={"camera": "dock", "kind": "running", "until": now + 7200, "reason": "deliveries"},
    ).raise_for_status()
    site.service.http.put(
        "/arming",
        json={
            "time_zone": "Europe/Berlin",
            "modes": {"home": {"kinds": ["fall", "person_down"]}, "night": {}, "away": {}},
            "calendar": [
                {"mode": "away", "rule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
                 "start": "08:00", "end": "17:00"},
                {"mode": "night", "rule": "FREQ=DAILY", "start": "22:00", "end": "06:00"},
            ],
        },
    )  # fmt: skip


def explained(alert: Alert) -> Alert:
    """Return an alert with the sentence of why, as the service gives it one."""
    codes: dict[Kind, ExplanationCode] = {
        "person_down": "down",
        "fall": "fall",
        "fight": "fight_strikes",
        "running": "running",
    }
    facts = ExplanationFacts(
        at=alert.peak_at, within_s=0.9, lasted_s=24.0, times=3.4, ordinary_h=alert.rarity_hours
    )
    why = Explanation(code=codes.get(alert.kind, "movement"), parameters=facts)
    return msgspec.structs.replace(alert, explanation=why)


def give_outputs(site: PageSite) -> None:
    """Let alerts go to two places, one of which has been away for a while."""
    http = site.service.http
    for name, kind, more in (
        ("desk", "webhook", {"url": "https://desk.example.org/hook"}),
        ("phones", "ntfy", {"url": "https://ntfy.example.org", "topic": "night-shift"}),
    ):
        http.post("/outputs", json={"name": name, "type": kind, **more}).raise_for_status()
    paths: tuple[CanaryPath, ...] = ("yolox", "motion")
    for path in paths:
        site.service.dependencies.canary.put(
            CanaryShowing(process="camera-1", path=path, state="passed", at=time.time() - 900)
        )
    site.parts.storage = Storage(
        disk=Room(used_bytes=61_000_000_000, limit_bytes=118_000_000_000),
        redis=Room(used_bytes=210_000_000, limit_bytes=1_000_000_000),
        archive=Room(used_bytes=840_000_000, limit_bytes=None),
        oldest_alert_at=time.time() - 30 * 86_400,
    )
    events, subject = site.service.dependencies.system_events, "phones"
    events.raise_(
        "output-failing", "phones: 503 Busy", remedy="look at its server", subject=subject
    )
    events.clear("output-failing", "phones takes messages again", subject=subject)


def take(page: Page, picture: Picture, site: PageSite, folder: Path) -> None:
    """Take one picture, small."""
    page.goto(f"{site.url}#/{picture.view}")
    page.locator("main h1, main h2").first.wait_for(state="attached")
    for act in picture.acts:
        if act == ROW:
            page.locator("[data-row]").first.click()
        else:
            page.get_by_role("button", name=act).click()
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => !document.querySelector('main [aria-busy=true]')")
    page.wait_for_timeout(SETTLES_MS)
    page.wait_for_function(DRAWN)
    file = folder / f"{picture.name}.png"
    whole = page if picture.part is None else page.locator(picture.part).first
    whole.screenshot(path=file)
    with Image.open(file) as taken:
        taken.convert("RGB").quantize(COLOURS).save(file, optimize=True)


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        page_site(Path(data), CAMERAS) as site,
        playing(site),
        chromium() as browser,
    ):
        fill(site, Path(data))
        for each in PICTURES:
            size = {"width": each.width, "height": each.height}
            options: dict[str, Any] = {
                "viewport": size,
                "color_scheme": each.theme,
                "locale": each.language,
            }
            with opened_page(browser, site.url, **options) as page:
                take(page, each, site, folder)


if __name__ == "__main__":
    main()
