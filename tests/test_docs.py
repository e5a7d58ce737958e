"""The documents say what the project does."""

import math
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    path
    for path in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("inference/models/*.md"),
    ]
    if path.is_file()
]
# Written by the code from its own tables.
GENERATED = {"api-reference.md", "metrics.md", "training-options.md"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_version_tells_what_runs_from_the_last_release() -> None:
    """A release has the number of its entry; what has unreleased entries is a `.dev0` above it."""
    entries = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    version: str = PROJECT["version"]
    newest = next(entry for entry in entries if entry != "Unreleased")

    if entries[0] != "Unreleased":
        assert version == newest
        return
    assert version.endswith(".dev0")
    assert _numbers(version.removesuffix(".dev0")) > _numbers(newest)


def test_the_images_of_the_documents_have_the_version() -> None:
    """Who copies the overlay gets what they just built, not the last release."""
    tags = re.findall(r"newTag: ([^}\s]+)", (ROOT / "docs" / "install.md").read_text())

    assert set(tags) == {PROJECT["version"]}


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link in a document names a file that exists."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    missing = [target for target in targets if not (document.parent / target).exists()]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_headings(document: Path) -> None:
    """What a link names behind a `#` is a heading of that document."""
    links = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", document.read_text())
    places = [(document.parent / target if target else document, mark) for target, mark in links]
    missing = [f"{file.name}#{mark}" for file, mark in places if mark not in _marks(file)]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_lines_are_short_enough_to_compare(document: Path) -> None:
    """Prose ends at 120 characters, a table's row at 200; what the code writes is free."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = text.splitlines()
    row = math.inf if document.name in GENERATED else 200

    assert [line for line in lines if len(line) > (row if line.startswith("|") else 120)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_source_files_exist(document: Path) -> None:
    """A path such as `tracker/resampling.py` in a document is a real file or folder."""
    roots = "tracker|inference|service|export|docker|tests|docs"
    named = re.findall(rf"[`( ]((?:{roots})/[\w./-]*\w/?)[`)\s,;:]", document.read_text())
    missing = [name for name in named if not (ROOT / name).exists()]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_make_targets_exist(document: Path) -> None:
    """Every `make …` in a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", document.read_text()))

    assert named <= targets


def test_every_dependency_has_a_reason() -> None:
    """Each distribution in pyproject.toml but the developers' tools stands in ARCHITECTURE.md."""
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["cpu"], *extras["gpu"], *extras["lab"]]
    wanted += extras["otel"] + extras["notify"]
    names = {re.split(r"[\[<>=;! ]", requirement)[0] for requirement in wanted}
    reasons = (ROOT / "ARCHITECTURE.md").read_text()

    assert {name for name in names if name not in reasons} == set()


def test_every_dependency_is_pinned() -> None:
    """constraints.txt pins everything that pyproject.toml asks for, except the GPU build."""
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["cpu"], *extras["lab"], *extras["dev"]]
    wanted += extras["otel"] + extras["notify"]
    names = {re.split(r"[\[<>=;! ]", requirement)[0].lower() for requirement in wanted}
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }

    assert names - pinned == set()


@cache
def _marks(document: Path) -> set[str]:
    """Return what GitHub names the headings of a document."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", each).strip().lower() for each in headings]
    named = [re.sub(r"[^\w\- ]", "", each).replace(" ", "-") for each in plain]
    before = Counter[str]()
    marks = set()
    for name in named:
        marks.add(f"{name}-{before[name]}" if before[name] else name)
        before[name] += 1
    return marks
