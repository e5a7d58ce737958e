"""The four generic package names are ours, and they lie in this checkout."""

import importlib
import re
import subprocess
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ["tracker", "inference", "service", "export"]
# Tests of more than a module of theirs, and what they are about.
ABOUT_MORE = {
    "export/test_simulator_judged.py": "tracker/simulator",
    "service/api/test_proxies.py": "docker/proxy",
}


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_name_belongs_to_posewarden_alone(name: str) -> None:
    """No other installed distribution brings a package of the same name."""
    assert set(packages_distributions()[name]) == {"posewarden"}


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_is_imported_from_this_checkout(name: str) -> None:
    """Tests test the code beside them, not an installed copy."""
    file = importlib.import_module(name).__file__

    assert file is not None
    assert Path(file).resolve().parent == ROOT / name


def test_the_tests_are_no_package() -> None:
    """An __init__.py below tests would make `tracker` mean the tests; only `support` is one."""
    tests = ROOT / "tests"
    packages = {file.relative_to(tests).parts[0] for file in tests.rglob("__init__.py")}

    assert packages == {"support"}


def test_each_test_lies_where_its_module_does() -> None:
    """tests/a/b/test_x_more.py tests a/b/x, or the whole folder a/b if that is its name."""
    tests = ROOT / "tests"
    strays = [
        str(file.relative_to(tests))
        for package in PACKAGES
        for file in (tests / package).rglob("test_*.py")
        if not _mirrored(file.relative_to(tests))
    ]

    assert set(strays) == set(ABOUT_MORE)
    assert [about for about in ABOUT_MORE.values() if not (ROOT / about).exists()] == []


def test_each_file_of_tests_has_tests() -> None:
    """One that was emptied by mistake would pass without a word."""
    files = (ROOT / "tests").rglob("test_*.py")

    assert [str(file) for file in files if "def test_" not in file.read_text()] == []


def test_no_file_has_marks_of_a_merge() -> None:
    """A style sheet with one loses the rule behind it, and nothing else would tell."""
    marks = re.compile(rb"^(<{7}|>{7}) ", re.M)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("no checkout of git")
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]

    assert [str(file) for file in files if file.is_file() and marks.search(file.read_bytes())] == []


def _mirrored(test: Path) -> bool:
    folder = ROOT / test.parent
    words = test.stem.removeprefix("test_").split("_")
    names = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    return names[-1] == folder.name or any(
        (folder / name).is_dir() or (folder / f"{name}.py").is_file() for name in names
    )
