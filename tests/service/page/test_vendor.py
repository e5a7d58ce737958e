"""The libraries that the page brings along."""

import hashlib
import json
from importlib import resources

VENDOR = resources.files("service") / "page" / "vendor"
LICENCES = {"MIT", "Apache-2.0"}


def test_vendored_files_are_those_of_the_manifest() -> None:
    """Each is as its package has it, or as the manifest says it was changed; none is unnamed."""
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    named = {row["file"]: row for row in manifest}
    there = {each.name for each in VENDOR.iterdir()} - {"manifest.json"}
    there -= {each for each in there if each.endswith(".d.ts")}  # for the checks of types alone

    assert there == {*named, *(f"LICENSE.{row['package']}" for row in manifest)}
    for name, row in named.items():
        digest = hashlib.sha256((VENDOR / name).read_bytes()).hexdigest()
        assert digest == row["sha256"], name
        assert (digest == row["sha256_of_package"]) == (row["changed"] is None), name
        assert row["licence"] in LICENCES
