"""How the page's files are served."""

import posixpath
import re
from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable

import pytest
from support.api import Service, Serving

from service.access.directory import Directory

PAGE = resources.files("service") / "page"


def files(folder: Traversable = PAGE, prefix: str = "page/") -> list[str]:
    """Return the paths of all files that browsers get, but the page itself."""
    found: list[str] = []
    for each in folder.iterdir():
        if each.is_dir():
            found += files(each, f"{prefix}{each.name}/")
        elif each.name.endswith((".js", ".css", ".svg")):
            found.append(f"{prefix}{each.name}")
    return sorted(found)


def test_the_page_is_self_contained(service: Service) -> None:
    """Page and files are open to all, under a policy that admits no foreign host and no inline."""
    with Serving(replace(service.dependencies, directory=Directory("key"))) as url:
        for path in ("", *files()):
            answer = service.http.get(f"{url}/{path}")
            assert answer.status_code == 200, path
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            if "/vendor/" not in path and not path.endswith(".svg"):
                assert "http://" not in answer.text, path
                assert "https://" not in answer.text, path
                assert "innerHTML" not in answer.text, path


def test_a_file_that_did_not_change_is_not_sent_again(service: Service) -> None:
    """A browser asks whether its file still holds; it comes packed where it takes that."""
    first = service.http.get("/page/app.js")
    again = service.http.get("/page/app.js", headers={"If-None-Match": first.headers["etag"]})
    plain = service.http.get("/page/app.js", headers={"Accept-Encoding": "identity"})

    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-encoding"] == "gzip"
    assert (again.status_code, again.content) == (304, b"")
    assert "content-encoding" not in plain.headers
    assert plain.text == first.text


@pytest.mark.parametrize("path", ["page/none.js", "page/../app.py", "page/%2e%2e/app.py", "page/"])
def test_nothing_but_the_page_is_served(service: Service, path: str) -> None:
    """Files that are not the page's are not there."""
    assert service.http.get(f"/{path}").status_code == 404


def test_the_page_knows_the_routes(service: Service) -> None:
    """It leaves out what a service does not offer, without asking in vain."""
    routes = service.http.get("/page/routes.json").json()

    assert "/alerts/{alert_id}/acknowledge" in routes
    assert "/nothing" not in routes


def test_the_first_view_needs_one_round_of_requests(service: Service) -> None:
    """The page names every script that its first ones import, and one sheet for all styles."""
    page = service.http.get("/").text
    preloaded = re.findall(r'rel="modulepreload" href="([^"]+)"', page)

    assert preloaded[:2] == ["page/core/early.js", "page/app.js"]
    for name in preloaded:
        for path in re.findall(r'from "(\.[^"]+)"', service.http.get(f"/{name}").text):
            assert posixpath.normpath(f"{posixpath.dirname(name)}/{path}") in preloaded, name
    (styles,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
    assert "--ground" in service.http.get(f"/{styles}").text
    assert "page/views/settings.js" not in preloaded  # it comes when it is wanted
