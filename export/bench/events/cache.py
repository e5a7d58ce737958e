"""Records of clips, kept from run to run for as long as the code that made them is the same.

A record's folder is named by a hash of the code, the libraries and the options that shape it, its
file by a hash of the clip. Comments, docstrings and layout do not count as code. What the rules and
the scores do is not part of it: they are computed anew in every run.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import cv2

import export.bench.events
import tracker
from export.bench.events.camera_side import BEGIN_AT, HELD_S, build_camera_side, record_clip
from export.bench.events.clips import EventClip
from export.bench.events.record import ClipRecord, read_record, write_record
from tracker.errors import ConfigError
from tracker.weights.store import ModelStore

FOLDER = Path.home() / ".cache" / "posewarden" / "events"
# Everything below `tracker` counts, but for what only live cameras, windows and simulated people
# use.
_UNUSED = (
    "camera", "simulator", "sources/diagnosis", "resampling.py", "options.py", "weights/origins.py",
    "memory_telemetry.py", "child_process.py", "sources/live_stream.py", "sources/source_url.py",
    "sources/stream_reader.py", "sources/capture_clock.py", "sources/decode_backlog.py",
    "sources/frozen_picture.py", "sources/pose_file.py", "sources/recorded_poses.py",
    "sources/redaction.py", "sources/retry_policy.py", "sources/substream_fallback.py",
    "pose/lazy_estimator.py",
)  # fmt: skip
_OURS = ("camera_side.py", "record.py")
_LIBRARIES = ("numpy", "opencv-python", "scipy", "onnxruntime", "onnxruntime-gpu", "ai-edge-litert")
_NAME_DIGITS = 16


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
    """

    def __init__(self, folder: Path, *, pose: str, models: Sequence[Path], pulled: Path) -> None:
        self._pose = pose
        self._models = tuple(models)
        self._pulled = pulled
        # Weights that cannot be had are told once, here, and not by each clip.
        notes = build_camera_side(pose, ModelStore(self._models, pulled)).notes
        self.notes = notes
        self.folder = folder / extraction_key((pose, *notes, f"held {HELD_S} s from {BEGIN_AT}"))

    def path(self, clip: EventClip) -> Path:
        """Return where a clip's record lies or will lie."""
        digest = hashlib.sha256(clip.path.read_bytes()).hexdigest()[:_NAME_DIGITS]
        return self.folder / clip.set / f"{clip.name}.{digest}.msgpack"

    def load(self, clips: Sequence[EventClip], *, jobs: int, progress: Progress) -> None:
        """Make the records that are missing, several at a time; an interrupted run goes on.

        Raises:
            ConfigError: a clip cannot be read as a video.
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
        with ProcessPoolExecutor(min(jobs, len(missing)), get_context("spawn")) as pool:
            waiting = [
                pool.submit(_make, clip.path, path, self._pose, self._models, self._pulled)
                for clip, path in missing
            ]
            for done, future in enumerate(as_completed(waiting), start=1):
                future.result()
                progress(done, len(missing))

    def records(self, clips: Sequence[EventClip]) -> Iterator[tuple[EventClip, ClipRecord]]:
        """Yield the records of clips that were loaded."""
        for clip in clips:
            yield clip, read_record(self.path(clip))


def extraction_key(options: Sequence[str]) -> str:
    """Name the code, libraries and options that records depend on."""
    digest = hashlib.sha256(repr((sys.version_info[:2], *options)).encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {_version(library)}\n".encode())
    for name, source in _sources():
        digest.update(f"{name}\n{_meaning(source)}\n".encode())
    return digest.hexdigest()[:_NAME_DIGITS]


def _sources() -> Iterator[tuple[str, str]]:
    here = Path(str(export.bench.events.__file__)).parent
    for name in _OURS:
        yield name, (here / name).read_text(encoding="utf-8")
    root = Path(str(tracker.__file__)).parent
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(_UNUSED):
            yield name, path.read_text(encoding="utf-8")


def _meaning(source: str) -> str:
    """Return code without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(node, _DOCUMENTED):
            first = body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                first.value = ast.Constant("")
    return ast.dump(tree)


_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"


def _make(clip: Path, path: Path, pose: str, models: Sequence[Path], pulled: Path) -> None:
    cv2.setNumThreads(1)
    camera = build_camera_side(pose, ModelStore(models, pulled))
    try:
        write_record(path, record_clip(clip, camera))
    except ConfigError as err:
        raise ConfigError(f"{clip}: {err}") from err
