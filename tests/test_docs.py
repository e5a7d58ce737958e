"""The documents say what the project does."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("inference/models/*.md")]
    if path.is_file()
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_changelog_begins_with_the_version() -> None:
    """The newest release in CHANGELOG.md is the version in pyproject.toml."""
    newest = re.search(
        r"^## (?!Unreleased)(\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )

    assert newest is not None
    assert newest.group(1) == PROJECT["version"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link in a document names a file that exists."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    missing = [target for target in targets if not (document.parent / target).exists()]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_source_files_exist(document: Path) -> None:
    """A path such as `tracker/resampling.py` in a document is a real file or folder."""
    named = re.findall(
        r"`((?:tracker|inference|service|export|docker|tests)/[\w./-]*)`", document.read_text()
    )
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
    wanted += extras["otel"]
    names = {re.split(r"[\[<>=;! ]", requirement)[0] for requirement in wanted}
    reasons = (ROOT / "ARCHITECTURE.md").read_text()

    assert {name for name in names if name not in reasons} == set()


def test_every_dependency_is_pinned() -> None:
    """constraints.txt pins everything that pyproject.toml asks for, except the GPU build."""
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["cpu"], *extras["lab"], *extras["dev"]]
    wanted += extras["otel"]
    names = {re.split(r"[\[<>=;! ]", requirement)[0].lower() for requirement in wanted}
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }

    assert names - pinned == set()
