"""Records of clips, kept from run to run for as long as the code that made them is the same.

A record's folder is named by a hash of the code, the libraries and the options that shape it, its
file by a hash of the clip. The code is `camera_side` and whatever of ours it imports, without
comments, docstrings, layout and the places of files. Scores and rules are no part of it: they are
computed anew in every run.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import cv2

from export.bench.events.camera_side import BEGIN_AT, HELD_S, build_camera_side, record_clip
from export.bench.events.clips import EventClip
from export.bench.events.record import ClipRecord, read_record, write_record
from tracker.child_process import isolate_spawned
from tracker.errors import ConfigError, Transient
from tracker.pose.blazepose import FULL_SIGHT, Sight
from tracker.weights.store import ModelStore

_ENTRY = "export.bench.events.camera_side"
_OURS = ("tracker.", "export.bench.events.")
_ROOT = Path(__file__).resolve().parents[3]
_LIBRARIES = ("numpy", "opencv-python", "scipy", "onnxruntime", "onnxruntime-gpu", "ai-edge-litert")
_NAME_DIGITS = 16


class ExtractionFailed(Transient):
    """A process that extracted died."""


class Progress(Protocol):
    """Who hears how the extraction goes."""

    def __call__(self, done: int, of: int) -> None:
        """So many of the missing records are made."""
        ...


class RecordCache:
    """Where records lie.

    Args:
        folder: may be removed at any time.
        pose: the pose estimator.
        models: folders of weights.
        pulled: where pulled weights lie.
        sight: what the camera leaves out, to measure it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        pose: str,
        models: Sequence[Path],
        pulled: Path,
        sight: Sight = FULL_SIGHT,
    ) -> None:
        self._pose = pose
        self._sight = sight
        self._models = tuple(models)
        self._pulled = pulled
        # Weights that cannot be had are told once, here, and not by each clip.
        notes = build_camera_side(pose, ModelStore(self._models, pulled)).notes
        self.notes = notes
        options = (pose, *notes, f"held {HELD_S} s from {BEGIN_AT}", repr(sight))
        self.folder = folder / extraction_key(options)

    def path(self, clip: EventClip) -> Path:
        """Return where a clip's record lies or will lie."""
        digest = hashlib.sha256(clip.path.read_bytes()).hexdigest()[:_NAME_DIGITS]
        return self.folder / clip.set / f"{clip.name}.{digest}.msgpack"

    def load(self, clips: Sequence[EventClip], *, jobs: int, progress: Progress) -> None:
        """Make the records that are missing, several at a time; an interrupted run goes on.

        Raises:
            ConfigError: a clip cannot be read as a video.
            ExtractionFailed: a process died.
        """
        wanted = [(clip, self.path(clip)) for clip in clips]
        # The longest first, so that no process is left with one at the end.
        missing = sorted(
            ((clip, path) for clip, path in wanted if not path.is_file()),
            key=lambda pair: -pair[0].path.stat().st_size,
        )
        if not missing:
            return
        progress(0, len(missing))
        # Spawned, for forked processes would inherit the locks of the inference libraries.
        isolate_spawned()
        with ProcessPoolExecutor(min(jobs, len(missing)), get_context("spawn")) as pool:
            waiting = [
                pool.submit(
                    _make, clip.path, path, self._pose, self._models, self._pulled, self._sight
                )
                for clip, path in missing
            ]
            try:
                for done, future in enumerate(as_completed(waiting), start=1):
                    future.result()
                    progress(done, len(missing))
            except BrokenProcessPool as err:
                raise ExtractionFailed(
                    "a process that extracted was killed, perhaps for want of memory; what is done "
                    "is kept: run the command again, with fewer --jobs"
                ) from err

    def records(self, clips: Sequence[EventClip]) -> Iterator[tuple[EventClip, ClipRecord]]:
        """Yield the records of clips that were loaded."""
        for clip in clips:
            yield clip, read_record(self.path(clip))


def extraction_key(options: Sequence[str]) -> str:
    """Name the code, libraries and options that records depend on."""
    digest = hashlib.sha256(repr((sys.version_info[:2], *options)).encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {_version(library)}\n".encode())
    for meaning in _meanings():
        digest.update(f"{meaning}\n".encode())
    return digest.hexdigest()[:_NAME_DIGITS]


def _meanings() -> list[str]:
    """Return what the camera side and all of ours that it imports do, in no order of files.

    Modules that are only moved mean the same as before.
    """
    found: dict[str, Path] = {}
    waiting = [_ENTRY]
    while waiting:
        module = waiting.pop()
        path = _path(module)
        if module in found or path is None:
            continue
        found[module] = path
        waiting += _imports(ast.parse(path.read_text(encoding="utf-8")))
    return sorted(_meaning(path.read_text(encoding="utf-8")) for path in found.values())


def _path(module: str) -> Path | None:
    if not module.startswith(_OURS):
        return None
    base = _ROOT / module.replace(".", "/")
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


def _imports(tree: ast.AST) -> Iterator[str]:
    """Yield every name that may be an imported module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _meaning(source: str) -> str:
    """Return code without imports, comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        kept = [one for one in body if not isinstance(one, ast.Import | ast.ImportFrom)]
        # A string that stands alone does nothing.
        node.body = [one for one in kept if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"


def _make(
    clip: Path, path: Path, pose: str, models: Sequence[Path], pulled: Path, sight: Sight
) -> None:
    cv2.setNumThreads(1)
    camera = build_camera_side(pose, ModelStore(models, pulled), sight)
    try:
        write_record(path, record_clip(clip, camera))
    except ConfigError as err:
        raise ConfigError(f"{clip}: {err}") from err
