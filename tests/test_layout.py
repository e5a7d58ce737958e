"""The four generic package names are ours, and they lie in this checkout."""

import importlib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ["tracker", "inference", "service", "export"]


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
