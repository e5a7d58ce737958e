import hashlib
import json
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from support.api import Service, Serving
from support.browser import tab

from service.access.directory import Directory
from service.api.docs_page import DOCS_FILES
from service.api.place import WebPlace

VENDOR = resources.files("service") / "docs_page" / "vendor"
WATCH = (
    "window.refused = []; document.addEventListener("
    "'securitypolicyviolation', (event) => refused.push(event.blockedURI))"
)
SHOWN = 'document.querySelectorAll(".opblock-tag").length > 3'
OPEN = 'document.querySelector(".opblock-tag").click()'
LISTED = 'document.querySelector(".opblock-summary-control") !== null'
UNFOLD = 'document.querySelector(".opblock-summary-control").click()'
UNFOLDED = 'document.querySelector(".opblock-body") !== null'


def test_vendored_files_are_those_of_the_manifest() -> None:
    """Each is as its package has it; nothing lies there that the manifest does not name."""
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    files = {file.name: file.read_bytes() for file in VENDOR.iterdir()}
    del files["manifest.json"]

    assert {name: hashlib.sha256(each).hexdigest() for name, each in files.items()} == manifest[
        "sha256"
    ]


def test_the_page_and_its_files_are_open(service: Service) -> None:
    """They hold nothing of the site; each has its type and the headers that bind scripts."""
    with Serving(replace(service.dependencies, directory=Directory("key"))) as url:
        for path, (_, media_type) in DOCS_FILES.items():
            answer = service.http.get(url + path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
            assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert service.http.get(f"{url}/openapi.json").status_code == 200


@pytest.mark.slow
async def test_a_browser_shows_every_route_offline(service: Service, tmp_path: Path) -> None:
    """Under a sub-path and the strict policy: nothing is refused, nothing comes from elsewhere."""
    place = replace(service.dependencies, place=WebPlace(root_path="/pw"))
    with Serving(place) as url:
        async with tab(tmp_path) as page:
            await page.ask("Runtime.enable")
            await page.ask("Page.enable")
            await page.ask("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
            await page.ask("Page.navigate", url=f"{url}/pw/docs")
            assert await page.becomes(SHOWN)
            await page.value(OPEN)
            assert await page.becomes(LISTED)
            await page.value(UNFOLD)
            assert await page.becomes(UNFOLDED)
            refused = await page.value("refused.join()")
            loaded = await page.value("performance.getEntries().map((each) => each.name).join(' ')")

    assert (refused, page.thrown) == ("", [])
    assert all(name.startswith(url) for name in loaded.split() if name.startswith("http"))
