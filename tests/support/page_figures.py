"""Figures of the page, measured in Chromium without a graphics card: make page-figures."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, CDPSession, Page

from support.many_alerts import COUNT, many_alerts
from support.page_browser import chromium, opened_page
from support.page_site import PageSite, page_site
from support.recorded_feed import played, record

CAMERAS, PEOPLE = 16, 5
SLOWED = 4
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
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
# Somebody walks evenly before every camera: where they were when each frame was taken.
WALKER = """
const Fed = WebSocket;
const PACE = 0.2;  // pixels a millisecond
WebSocket = class extends Fed {
  set onmessage(take) {
    let [before, shift] = [0, 0];
    super.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      for (const camera of message.cameras ?? []) {
        if (camera === message.cameras[0]) {
          // The recording begins again: time goes on.
          if (camera.at + shift < before) shift = before + 0.1 - camera.at;
          before = camera.at + shift;
        }
        camera.at += shift;
        const x = (camera.at * 1000 * PACE) % 1e6;
        camera.people = [{ session: 's', number: 1, score: null, joints: Array(17).fill([x, 300, 1]) }];
        camera.seq = Math.round(camera.at * 1e4);
      }
      take({ data: message.cameras ? JSON.stringify(message) : data });
    };
  }
};
"""  # noqa: E501 -- a script
# Where the walker is drawn in each picture.
WALKED = """async (seconds) => {
  const { pictures } = await import(new URL('page/core/live.js', location.href));
  const out = new Float32Array(51);
  const found = [];
  const end = performance.now() + seconds * 1000;
  return new Promise((done) => {
    const step = (now) => {
      const people = pictures.get('gate').people;
      const [person] = people.people.values();
      if (person) found.push([now, people.at(person, now, out)[0]]);
      if (now < end) requestAnimationFrame(step); else done(found);
    };
    requestAnimationFrame(step);
  });
}"""
PACE = 0.2
# A hundred rows at a time from the newest to the oldest: from when the page hears of it until the
# picture of it is made. Not from when it is scrolled: to wait for the next picture is no work.
JUMPED = """(steps) => new Promise((done) => {
  const box = document.querySelector('.rows');
  const busy = [];
  const channel = new MessageChannel();
  let begin = 0;
  const heard = () => {
    begin = performance.now();
    requestAnimationFrame(() => channel.port2.postMessage(0));
  };
  const step = () => {
    box.scrollTop = (busy.length + 1) / steps * (box.scrollHeight - box.clientHeight) - 1;
  };
  channel.port1.onmessage = () => {
    busy.push(performance.now() - begin);
    if (busy.length < steps) { setTimeout(step, 30); return; }
    window.removeEventListener('scroll', heard, true);
    done(busy);
  };
  window.addEventListener('scroll', heard, true);
  step();
})"""
# Four rows further with every picture: what lies between pictures, as who scrolls sees it.
FLICKED = """(pictures) => new Promise((done) => {
  const box = document.querySelector('.rows');
  const times = [];
  box.scrollTop = 0;
  const step = (now) => {
    times.push(now);
    if (times.length > pictures) { done(times); return; }
    box.scrollTop += 240;
    requestAnimationFrame(step);
  };
  setTimeout(() => requestAnimationFrame(step), 500);
})"""
# An event is taken as a picture is due; until that picture is made, with all that shows the alert.
# No timer in it: a browser lets those that follow each other wait for four milliseconds.
UPDATED = """async (times) => {
  const { alertOf, takeEvent } = await import(new URL('page/core/alerts.js', location.href));
  const took = [];
  const channel = new MessageChannel();
  for (let turn = 1; turn <= times; turn += 1) {
    await new Promise((done) => setTimeout(done, 50));
    const alert = { ...alertOf('many-3'), version: turn + 1, rarity_hours: turn };
    await new Promise((done) => requestAnimationFrame(() => {
      const begin = performance.now();
      channel.port1.onmessage = () => { took.push(performance.now() - begin); done(); };
      takeEvent({ type: 'updated', alert });
      channel.port2.postMessage(0);
    }));
  }
  return took;
}"""


def slowed(page: Page, times: float) -> CDPSession:
    """Slow the page's processor down."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})
    return session


def shares(values: list[float]) -> dict[str, float]:
    """Return what half, 95 and 99 of a hundred do not exceed, and the most."""
    ordered = sorted(values)
    picked = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    found = {name: ordered[int(len(ordered) * share)] for name, share in picked.items()}
    return {name: round(value, 2) for name, value in {**found, "most": ordered[-1]}.items()}


def first_camera(browser: Browser, site: PageSite) -> dict[str, object]:
    """Return when the first camera is seen, and what it takes until then.

    Counted from when the page is asked for, over loopback, by an empty cache; on the processor as
    it is and on one that is slowed.
    """
    found: dict[str, object] = {}
    with opened_page(browser, "about:blank", viewport=DESK) as page:
        page.wait_for_timeout(3000)  # a browser that has just started is busy with itself
        for times in (1, SLOWED):
            session = slowed(page, times)
            session.send("Network.setCacheDisabled", {"cacheDisabled": True})
            seen = []
            for _ in range(7):
                site.show()
                page.goto("about:blank")
                page.goto(site.url, wait_until="commit")
                seen.append(round(float(page.evaluate(PAINTED))))
            found[f"first_camera_ms_{times}x"] = sorted(seen)
        return {**found, **weight(page, site)}


def weight(page: Page, site: PageSite) -> dict[str, object]:
    """Return how many files the wall needs, their bytes as they travel and as they are."""
    names = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    paths = {name for name in names if "/page/" in name} | {site.url}
    answers = [site.service.http.get(path) for path in sorted(paths)]
    packed = sum(int(answer.headers["content-length"]) for answer in answers)
    plain = sum(len(answer.content) for answer in answers)
    return {
        "files": len(paths),
        "packed_kb": round(packed / 1000, 1),
        "plain_kb": round(plain / 1000, 1),
    }


def frames(browser: Browser, site: PageSite, script: str, seconds: float) -> dict[str, object]:
    """Return what lies between pictures, and the processor's time that one takes."""
    with opened_page(browser, site.url, viewport=DESK, scripts=[script], bypass_csp=True) as page:
        page.locator(".tile[data-state=live]").nth(CAMERAS - 1).wait_for()
        page.wait_for_timeout(3000)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        before, begin = _spent(session), _browser_cpu_s()
        times = page.evaluate(FRAMES, seconds)
        after, end = _spent(session), _browser_cpu_s()
    apart = [later - earlier for earlier, later in pairwise(times)]
    per_frame = {
        "page_thread_ms": (after["TaskDuration"] - before["TaskDuration"]) * 1000 / len(apart),
        "script_ms": (after["ScriptDuration"] - before["ScriptDuration"]) * 1000 / len(apart),
        "whole_browser_ms": (end - begin) * 1000 / len(apart),
    }
    return {
        "frames_per_s": round(len(apart) / seconds, 1),
        "apart_ms": shares(apart),
        "cpu_per_frame": {name: round(value, 2) for name, value in per_frame.items()},
    }


def walk(browser: Browser, script: str, site: PageSite, seconds: float) -> dict[str, object]:
    """Return how evenly somebody who walks evenly is drawn between the messages of a feed."""
    scripts = [script, WALKER]
    with opened_page(browser, site.url, viewport=DESK, scripts=scripts, bypass_csp=True) as page:
        page.locator(".tile[data-state=live]").nth(CAMERAS - 1).wait_for()
        page.wait_for_timeout(5000)
        found = page.evaluate(WALKED, seconds)
    steps = [
        (later[1] - earlier[1]) / ((later[0] - earlier[0]) * PACE)
        for earlier, later in pairwise(found)
    ]
    held, longest = 0.0, 0.0
    for (earlier, later), step in zip(pairwise(found), steps, strict=True):
        held = held + later[0] - earlier[0] if step < 0.1 else 0.0
        longest = max(longest, held)
    return {
        "longest_hold_ms": round(longest, 1),
        "backward_px": round(max(-min(steps), 0.0) * PACE * 16.7, 2),
        "off_the_pace": shares([abs(each - 1) for each in steps]),
    }


def _spent(session: CDPSession) -> dict[str, float]:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return {each["name"]: float(each["value"]) for each in metrics}


def _browser_cpu_s() -> float:
    """Return what all processes of the browser have used."""
    used = 0.0
    for process in psutil.Process().children(recursive=True):
        if "chrom" in process.name():
            times = process.cpu_times()
            used += times.user + times.system
    return used


def rows(browser: Browser, site: PageSite) -> dict[str, object]:
    """Return how long ten thousand rows keep the page busy as one scrolls through them."""
    found: dict[str, object] = {"rows": COUNT}
    script = many_alerts(site)
    with opened_page(browser, f"{site.url}#/alerts", viewport=DESK, scripts=[script]) as page:
        page.locator("[data-row='many-0']").wait_for()
        page.wait_for_timeout(3000)
        for times in (1, SLOWED):
            slowed(page, times)
            found[f"jump_ms_{times}x"] = shares(page.evaluate(JUMPED, 100))
            at = page.evaluate(FLICKED, 240)
            apart = [later - earlier for earlier, later in pairwise(at)]
            found[f"scroll_apart_ms_{times}x"] = shares(apart)
    return found


def update(browser: Browser, site: PageSite) -> dict[str, object]:
    """Return how long one alert that changes keeps a slow phone busy that lists a hundred."""
    found: dict[str, object] = {}
    script = many_alerts(site, 100)
    with opened_page(browser, f"{site.url}#/alerts", viewport=PHONE, scripts=[script]) as page:
        page.locator("[data-row='many-0']").wait_for()
        page.wait_for_timeout(3000)
        for times in (SLOWED, 6):
            slowed(page, times)
            found[f"update_ms_{times}x"] = shares(page.evaluate(UPDATED, 40))
    return found


def memory(browser: Browser, site: PageSite, file: Path, args: argparse.Namespace) -> object:
    """Return what scripts hold as messages of so many minutes come, faster than in life."""
    minutes, speed = float(args.minutes), float(args.speed)
    marks = []
    with (
        played(file, speed) as script,
        opened_page(browser, site.url, viewport=DESK, scripts=[script], bypass_csp=True) as page,
    ):
        page.locator(".tile[data-state=live]").nth(CAMERAS - 1).wait_for()
        session = page.context.new_cdp_session(page)
        page.wait_for_timeout(60_000 / speed)
        for _ in range(4):
            session.send("HeapProfiler.collectGarbage")
            marks.append(int(session.send("Runtime.getHeapUsage")["usedSize"]))
            if len(marks) < 4:
                page.wait_for_timeout(minutes / 3 * 60_000 / speed)
    grown_kb = (marks[-1] - marks[0]) / 1000
    return {
        "minutes": minutes,
        "times_as_fast": speed,
        "heap_kb": [round(each / 1000) for each in marks],
        "grown_kb_per_10_min": round(grown_kb / minutes * 10, 1),
    }


def measure(site: PageSite, folder: Path, args: argparse.Namespace) -> dict[str, object]:
    """Return all figures."""
    file = folder / "feed.json"
    record(site, 100, file)
    found: dict[str, object] = {}
    with chromium("--disable-gpu") as browser, played(file) as script:
        parts: Mapping[str, Callable[[], Any]] = {
            "first_camera": lambda: first_camera(browser, site),
            "frames": lambda: frames(browser, site, script, args.seconds),
            "walk": lambda: walk(browser, script, site, args.seconds),
            "rows": lambda: rows(browser, site),
            "update": lambda: update(browser, site),
            "memory": lambda: memory(browser, site, file, args),
        }
        for name, part in parts.items():
            if not args.only or name in args.only:
                found[name] = {**part(), "load": round(os.getloadavg()[0], 1)}
                print(name, json.dumps(found[name]), file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Print the figures as JSON, each with how busy the machine was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", nargs="*", help="first_camera, frames, walk, rows, update, memory"
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="how long frames are counted")
    parser.add_argument("--minutes", type=float, default=30.0, help="of which messages are fed")
    parser.add_argument("--speed", type=float, default=6.0, help="times as fast as in life")
    args = parser.parse_args()
    begin = time.time()
    with tempfile.TemporaryDirectory() as folder, page_site(Path(folder), CAMERAS) as site:
        site.people = PEOPLE
        found = measure(site, Path(folder), args)
    print(json.dumps({**found, "took_s": round(time.time() - begin)}, indent=1))


if __name__ == "__main__":
    main()
