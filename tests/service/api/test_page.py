"""The page in a real browser."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.api import CLIP, Service, opened
from support.browser import tab
from support.proxies import nginx

from inference.types import AlertEvent, Kind, KindScore

# The clock of the pictures, turned back: a picture may be older than the click that asked for it.
OLD_PICTURES = (
    "const ask = requestAnimationFrame; requestAnimationFrame = (f) => ask((t) => f(t - 200))"
)
OPEN_ALERT = 'document.querySelector("#alerts button").click()'
ROWS = '[...document.querySelectorAll("#alerts li")].map((row) => row.innerText)'
FACTS = 'document.getElementById("facts").innerText'
DRAWN = """(() => {
  const clip = document.getElementById("clip");
  const seen = clip.getContext("2d").getImageData(0, 0, clip.width, clip.height).data;
  return clip.clientWidth > 0 && seen.some((value, i) => i % 4 === 3 && value > 200);
})()"""


@pytest.mark.slow
async def test_an_alerts_clip_plays(service: Service, tmp_path: Path) -> None:
    """A click on an alert shows its stick figure, whatever the clock of the browser's pictures."""
    service.alerts.put(opened(1), CLIP)
    async with tab(tmp_path) as page:
        await page.ask("Runtime.enable")
        await page.ask("Page.enable")
        await page.ask("Page.addScriptToEvaluateOnNewDocument", source=OLD_PICTURES)
        await page.ask("Page.navigate", url=f"{service.url}/")
        listed = await page.becomes('document.querySelector("#alerts button") !== null')

        await page.ask("Runtime.evaluate", expression=OPEN_ALERT)

        assert listed
        assert await page.becomes(DRAWN)
        assert page.thrown == []


def kind_score(kind: Kind, **values: Any) -> KindScore:
    """What a kind says, peaking at 1.4 times its threshold unless said otherwise."""
    known: dict[str, Any] = {"peak_score": 1.4, "peak_at": 1000.0, "threshold": 1.0, **values}
    return KindScore(kind=kind, **known)


def told(number: int, leading: KindScore, *others: KindScore, **values: Any) -> AlertEvent:
    """An alert of these kinds that opens."""
    event = opened(number)
    shown = msgspec.structs.replace(
        event.alert,
        kind=leading.kind,
        kinds=(leading, *others),
        peak_score=leading.peak_score,
        threshold=leading.threshold,
        reason=leading.reason,
        rarity_hours=leading.rarity_hours,
        **values,
    )
    return msgspec.structs.replace(event, alert=shown)


@pytest.mark.slow
async def test_alerts_are_told_in_words(service: Service, tmp_path: Path) -> None:
    """Kinds, severity, rarity and since when somebody down is not seen; bits in the detail only."""
    moved = kind_score("movement", peak_score=3.5, threshold=2.0, rarity_hours=3.25)
    fell = kind_score("fall", reason="dropped fast to the ground and stayed low")
    down = kind_score("person_down", reason="lies where they fell")
    service.alerts.put(opened(1), CLIP)  # as of version 0.3
    service.alerts.put(told(2, moved, severity="warning"), CLIP)
    service.alerts.put(told(3, fell, moved, severity="warning"), CLIP)
    service.alerts.put(told(4, down, fell, severity="critical", not_seen_since=1004.0), CLIP)
    async with tab(tmp_path) as page:
        await page.ask("Runtime.enable")
        await page.ask("Page.navigate", url=f"{service.url}/")
        listed = await page.becomes('document.querySelectorAll("#alerts li").length === 4')

        unseen, fall, movement, old = await page.value(ROWS)
        seen_until = await page.value("new Date(1004000).toLocaleTimeString()")
        await page.value(OPEN_ALERT)
        shown = await page.becomes(f'{FACTS}.includes("lies where they fell")')

        assert (listed, shown, page.thrown) == (True, True, [])
        for row, texts in (
            (unseen, ("Person down · gate", "critical", f"not seen since {seen_until}")),
            (unseen, ("also fall",)),
            (fall, ("Fall · gate", "warning", "also unusual movement")),
            (movement, ("Unusual movement · gate", "warning")),
            (movement, ("seen once in 3.3 hours of ordinary footage of one person",)),
            (old, ("Unusual movement · gate", "notice")),
        ):
            assert [text for text in texts if text not in row] == []
        assert "3.5" not in movement
        assert "not seen since" not in fall
        assert "1.4 times the threshold" in await page.value(FACTS)


@pytest.mark.slow
async def test_the_page_works_under_a_path_of_another_host(
    service: Service, tmp_path: Path
) -> None:
    """Behind nginx with TLS, under /posewarden/: files, alerts and both sockets are found."""
    service.alerts.put(opened(1), None)
    browser, proxy_folder = tmp_path / "browser", tmp_path / "proxy"
    await asyncio.to_thread(proxy_folder.mkdir)
    options = ("--ignore-certificate-errors", "--host-resolver-rules=MAP * 127.0.0.1")
    with nginx(proxy_folder, service.url.removeprefix("http://")) as proxy:
        async with tab(browser, *options) as page:
            await page.ask("Runtime.enable")
            await page.ask("Page.enable")
            await page.ask("Page.navigate", url=f"{proxy.origin('www.example.org')}/posewarden")

            assert await page.becomes('document.querySelector("#alerts button") !== null')
            assert await page.becomes('document.getElementById("link").textContent === "connected"')
            assert await page.value("location.pathname") == "/posewarden/"
            assert page.thrown == []
