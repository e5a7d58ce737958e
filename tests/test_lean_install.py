"""A site's install has no workshop in it: what runs there imports nothing that it lacks."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("service", "inference", "tracker")
# Loaded where a collector of traces is configured; its absence there is a message with the remedy.
TRACES = "service.adapters.tracing.opentelemetry"
IMPORT_ALL = """
import importlib, pkgutil, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"{name} is not part of a site's install")

absent = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Missing())
names = []
for package in sys.argv[3:]:
    found = importlib.import_module(package)
    names += [each.name for each in pkgutil.walk_packages(found.__path__, package + ".")]
libraries_of_c = ("inference._flow_kernel", "service.api._pose_numbers")
skipped = (sys.argv[2], "service.adapters.database.migrations", *libraries_of_c)
for name in names:
    if not name.startswith(skipped) and not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""


def installed_with(extra: str) -> set[str]:
    """Return the distributions that an install with this extra brings, by canonical name."""
    found, waiting = set[str](), [Requirement(f"posewarden[{extra}]")]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        known = name in found and not wanted.extras
        if known:
            continue
        found.add(name)
        try:
            requires = metadata.requires(wanted.name) or []
        except metadata.PackageNotFoundError:
            continue
        for text in requires:
            needed = Requirement(text)
            extras = {"extra": ""}, *({"extra": each} for each in wanted.extras)
            if needed.marker is None or any(needed.marker.evaluate(each) for each in extras):
                waiting.append(needed)
    return found


@pytest.mark.slow
def test_a_site_runs_without_the_workshop() -> None:
    """Every module of the running packages loads where torch and the tools are not installed."""
    here = {canonicalize_name(each) for each in installed_with("cpu")}
    absent = [
        module
        for module, distributions in metadata.packages_distributions().items()
        if not here & {canonicalize_name(each) for each in distributions}
    ]
    command = [sys.executable, "-c", IMPORT_ALL, ",".join(absent), TRACES, *PACKAGES]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert {"torch", "onnx", "pytest", "matplotlib"} <= set(absent)
    assert "cv2" not in absent
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 100
