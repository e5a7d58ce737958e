"""Serves the page: the folder `service/page`, as it lies there, from memory."""

import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from fastapi import Request, Response

from service.api.guarded_router import GuardedRouter
from service.api.problems import Problem
from service.api.rights import RIGHTS_OF_ROUTES
from service.sentences.requests import NO_SUCH_FILE

MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
ENTRIES = ("core/early.js", "app.js")
IMPORTED = re.compile(rb"""^(?:import|export)\b[^;"]*?["'](\.[^"']+)["'];""", re.MULTILINE)
STYLE = re.compile(rb"""[ ]*<link rel="stylesheet" href="page/(style/[^"]+)">\n""")
STYLES = "style.css"
# A browser asks each time whether a file is still the same: an upgrade shows at once.
FRESH = "no-cache"


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file, plain and compressed."""

    content: bytes
    packed: bytes
    media_type: str
    tag: str


def router() -> GuardedRouter:
    """Return the routes of the page's files."""
    index, files = _page()
    routes = GuardedRouter()

    @routes.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return _answer(index, request)

    @routes.get("/page/{path:path}", include_in_schema=False)
    async def page_file(path: str, request: Request) -> Response:
        if path not in files:
            raise Problem(404, "no-such-file", NO_SUCH_FILE(path=path[:100]))
        return _answer(files[path], request)

    return routes


@cache
def _page() -> tuple[PageFile, Mapping[str, PageFile]]:
    """Return the page's beginning and its files by path, read and packed once a process."""
    files = dict(_files(resources.files("service") / "page", ""))
    # The page leaves out what this service does not offer.
    offered = sorted({path for _, path in RIGHTS_OF_ROUTES})
    files["routes.json"] = _page_file(json.dumps(offered).encode(), "json")
    index = files.pop("index.html")
    names = STYLE.findall(index.content)
    files[STYLES] = _page_file(b"".join(files[each.decode()].content for each in names), "css")
    return _index(index, files), files


def _index(page: PageFile, files: Mapping[str, PageFile]) -> PageFile:
    """Let browsers ask for all scripts of the first view at once, and for one sheet of styles.

    Otherwise they find one script by the other: a round trip for each link of the chain.
    """
    scripts = [f'<link rel="modulepreload" href="page/{name}">\n' for name in _needed(files)]
    links = "".join([f'<link rel="stylesheet" href="page/{STYLES}">\n', *scripts])
    content = STYLE.sub(b"", page.content)
    return _page_file(content.replace(b"</head>", f"{links}</head>".encode()), "html")


def _needed(files: Mapping[str, PageFile]) -> list[str]:
    """Return the scripts that the page's beginning imports, the first ones first."""
    needed = list(ENTRIES)
    for name in needed:
        folder = posixpath.dirname(name)
        for path in IMPORTED.findall(files[name].content):
            imported = posixpath.normpath(posixpath.join(folder, path.decode()))
            if imported not in needed:
                needed.append(imported)
    return needed


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, PageFile]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _files(each, f"{prefix}{each.name}/")
            continue
        ending = each.name.rpartition(".")[2]
        if ending in MEDIA_TYPES:
            yield f"{prefix}{each.name}", _page_file(each.read_bytes(), ending)


def _page_file(content: bytes, ending: str) -> PageFile:
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    return PageFile(content, gzip.compress(content, mtime=0), MEDIA_TYPES[ending], tag)


def _answer(file: PageFile, request: Request) -> Response:
    headers = {"ETag": file.tag, "Cache-Control": FRESH, "Vary": "Accept-Encoding"}
    if file.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.content, media_type=file.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(file.packed, media_type=file.media_type, headers=headers)
