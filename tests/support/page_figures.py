"""Figures of the page, measured in Chromium without a graphics card: make page-figures."""

import argparse
import json
import os
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import CDPSession, Page

from support.page_browser import chromium, opened_page
from support.page_site import PageSite, page_site, playing

CAMERAS, PEOPLE = 16, 5
SLOWED = 4
PAINTED = """() => new Promise((done) => {
  const look = () => {
    const tiles = document.querySelectorAll('.tile').length;
    if (tiles) requestAnimationFrame(() => done(performance.now()));
    else setTimeout(look, 5);
  };
  look();
})"""
FRAMES = """(seconds) => new Promise((done) => {
  const times = [];
  const end = performance.now() + seconds * 1000;
  const step = (now) => {
    times.push(now);
    if (now < end) requestAnimationFrame(step); else done(times);
  };
  requestAnimationFrame(step);
})"""
SPENT = "async () => (await import(new URL('page/draw/stage.js', location.href))).spent"


def first_paint_ms(page: Page, url: str) -> float:
    """Return when the first camera is seen, on a slowed processor, nothing in the cache."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.goto("about:blank")
    page.goto(url)
    return float(page.evaluate(PAINTED))


def frame_times_ms(page: Page, seconds: float) -> dict[str, float]:
    """Return what lies between pictures, and what our own drawing takes of it."""
    page.locator(".tile").first.wait_for()
    spent = page.evaluate(SPENT)
    times = page.evaluate(FRAMES, seconds)
    now_spent = page.evaluate(SPENT)
    apart = sorted(after - before for before, after in pairwise(times))
    pick = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    found = {name: round(apart[int(len(apart) * share)], 1) for name, share in pick.items()}
    drawn = max(now_spent["frames"] - spent["frames"], 1)
    script = (now_spent["total"] - spent["total"]) / drawn
    rate = len(apart) / seconds
    return {**found, "pictures_per_s": round(rate, 1), "drawing_ms_mean": round(script, 2)}


def weight(page: Page, site: PageSite) -> tuple[int, int, int]:
    """Return how many files the wall needs, their bytes as they travel and as they are."""
    names = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    paths = {name for name in names if "/page/" in name} | {site.url}
    packed = plain = 0
    for path in paths:
        answer = site.service.http.get(path)
        plain += len(answer.content)
        packed += int(answer.headers["content-length"])
    return len(paths), packed, plain


def heap_bytes(session: CDPSession) -> int:
    """Return what scripts hold once garbage is collected."""
    session.send("HeapProfiler.collectGarbage")
    return int(session.send("Runtime.getHeapUsage")["usedSize"])


def measure(site: PageSite, minutes: float) -> dict[str, object]:
    """Return all figures."""
    with chromium("--disable-gpu") as browser:
        with opened_page(browser, "about:blank") as page:
            painted = [round(first_paint_ms(page, site.url)) for _ in range(5)]
            files, packed, plain = weight(page, site)
        size = {"width": 1440, "height": 900}
        with opened_page(browser, site.url, viewport=size) as page:
            frames = frame_times_ms(page, 10.0)
            session = page.context.new_cdp_session(page)
            first = heap_bytes(session)
            page.wait_for_timeout(minutes * 60_000)
            grown = heap_bytes(session) - first
    return {
        "first_camera_seen_ms": painted,
        "files": files,
        "packed_kb": round(packed / 1000, 1),
        "plain_kb": round(plain / 1000, 1),
        "frames_ms": frames,
        "heap_mb": round(first / 1e6, 2),
        "heap_grown_kb_per_10_min": round(grown / 1000 / minutes * 10, 1),
    }


def main() -> None:
    """Print the figures as JSON, with how busy the machine was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long memory is watched")
    minutes: float = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as data, page_site(Path(data), CAMERAS) as site:
        site.people = PEOPLE
        with playing(site):
            begin = time.time()
            found = measure(site, minutes)
    load = [round(each, 1) for each in os.getloadavg()]
    print(json.dumps({**found, "load": load, "took_s": round(time.time() - begin)}))


if __name__ == "__main__":
    main()
