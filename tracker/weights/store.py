"""Find, verify and download the weights of third-party networks.

Searched in this order: the site's folders, the folder of earlier downloads, then each weight's own
sources. A file is used only if its SHA-256 is known, wherever it comes from.
"""

import hashlib
import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal, TypeAlias

from tracker.errors import ConfigError, ModelUnavailable
from tracker.weights.origins import ArchiveMember, SourceFailed, Url, WeightSource, WheelMember

WeightState: TypeAlias = Literal["ok", "missing", "wrong hash"]


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight file.

    Attributes:
        file_name: its name when it is downloaded.
        other_names: further names it may have in a site's folder.
        sha256: hashes of the known good files; any of them is accepted.
        limit_bytes: upper bound of the download's size.
        sources: where to download it, best first.
        pose: the camera setting `pose` that needs it.
    """

    name: str
    file_name: str
    licence: str
    purpose: str
    sha256: tuple[str, ...]
    limit_bytes: int
    sources: tuple[WeightSource, ...]
    other_names: tuple[str, ...] = ()
    pose: str = "blazepose"


@dataclass(frozen=True, slots=True)
class WeightReport:
    """Where a weight file is and whether its hash is known; `path` is None if it is missing."""

    weight: Weight
    state: WeightState
    path: Path | None


BLAZEPOSE = Weight(
    name="blazepose",
    file_name="pose_landmark_full.tflite",
    licence="Apache-2.0",
    purpose="33 body landmarks of one person (MediaPipe BlazePose, full)",
    sha256=("e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",),
    limit_bytes=16_000_000,
    sources=(
        Url("https://storage.googleapis.com/mediapipe-assets/pose_landmark_full.tflite"),
        WheelMember(
            requirement="mediapipe==0.10.21",
            member="mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
            # Every wheel of this version holds the same file: one platform is enough for all.
            python_version="3.11",
            platform="manylinux_2_28_x86_64",
            limit_bytes=80_000_000,
        ),
    ),
)

BLAZEPOSE_LITE = Weight(
    name="blazepose-lite",
    file_name="pose_landmark_lite.tflite",
    licence="Apache-2.0",
    purpose="the same landmarks of people who are small in the picture (MediaPipe BlazePose, lite)",
    # As MediaPipe's own build pins it (2 819 824 bytes).
    sha256=("f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",),
    limit_bytes=8_000_000,
    sources=(Url("https://storage.googleapis.com/mediapipe-assets/pose_landmark_lite.tflite"),),
)

YOLOX_NANO = Weight(
    name="yolox-nano",
    file_name="yolox_nano.onnx",
    licence="Apache-2.0",
    purpose="boxes around people (YOLOX-nano, COCO, 416 px)",
    sha256=(
        # The release asset as several independent projects pin it (3 659 407 bytes). We could not
        # download it where this was written, so we have not run that very file ourselves.
        "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
        # The copy that all our measurements used: another export of the same network.
        "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd",
    ),
    limit_bytes=16_000_000,
    sources=(
        Url(
            "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/"
            "yolox_nano.onnx"
        ),
    ),
    other_names=("yolox_nano_coco80_416.onnx",),
)

RTMO_S = Weight(
    name="rtmo-s",
    file_name="rtmo-s_body7_640.onnx",
    licence="Apache-2.0",
    purpose="bodies of all people in a picture (RTMO-s, body7, 640 px); for `pose: rtmo`",
    # The file inside OpenMMLab's archive (39 617 685 bytes) as several independent projects pin it.
    # We could not download it where this was written, so we have not run that very file ourselves.
    sha256=("d0703d40d19f3921da51ae725402d5fdae4d2478c7442072d3101bd396f370d8",),
    limit_bytes=48_000_000,
    sources=(
        ArchiveMember(
            Url(
                "https://download.openmmlab.com/mmpose/v1/projects/rtmo/onnx_sdk/"
                "rtmo-s_8xb32-600e_body7-640x640-dac2bf74_20231211.zip",
                total_s=600.0,
            ),
            member="end2end.onnx",
            limit_bytes=48_000_000,
        ),
    ),
    other_names=(
        "rtmo-s_8xb32-600e_body7-640x640-dac2bf74_20231211.onnx",
        # What unpacking the archive leaves.
        "rtmo-s_8xb32-600e_body7-640x640-dac2bf74_20231211/end2end.onnx",
    ),
    pose="rtmo",
)

RTMO_T = Weight(
    name="rtmo-t",
    file_name="rtmo-t_body7_416.onnx",
    licence="Apache-2.0",
    purpose="bodies of all people in a picture (RTMO-t, body7, 416 px); for `pose: rtmo-t`",
    # The file inside OpenMMLab's archive (27 MB) as several independent projects pin it. We could
    # not download it where this was written, so we have not run it ourselves.
    sha256=("20aad6e2e42359cac1c5b4a0b2da00e29bfe91a72a782fdcf287d273a04c1b24",),
    limit_bytes=36_000_000,
    sources=(
        ArchiveMember(
            Url(
                "https://download.openmmlab.com/mmpose/v1/projects/rtmo/onnx_sdk/"
                "rtmo-t_8xb32-600e_body7-416x416-f48f75cb_20231219.zip",
                total_s=600.0,
            ),
            member="end2end.onnx",
            limit_bytes=36_000_000,
        ),
    ),
    other_names=(
        "rtmo-t_8xb32-600e_body7-416x416-f48f75cb_20231219.onnx",
        # What unpacking the archive leaves.
        "rtmo-t_8xb32-600e_body7-416x416-f48f75cb_20231219/end2end.onnx",
    ),
    pose="rtmo-t",
)

# By the camera setting `pose`.
RTMO_WEIGHTS = {weight.pose: weight for weight in (RTMO_S, RTMO_T)}
WEIGHTS = (BLAZEPOSE, BLAZEPOSE_LITE, YOLOX_NANO, RTMO_S, RTMO_T)


class ModelStore:
    """Finds weight files in folders and downloads missing ones into the last of them.

    Args:
        folders: the site's own folders, read only.
        pulled: the folder for downloads; created when needed.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        pulled: Path,
        weights: Sequence[Weight] = WEIGHTS,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folders = (*folders, pulled)
        self._pulled = pulled
        self._weights = {weight.name: weight for weight in weights}
        self._pulling = Lock()
        self._clock = clock
        self._failed_at: dict[str, float] = {}

    def report(self) -> list[WeightReport]:
        """Return for each weight where it is and whether its hash is known; downloads nothing."""
        return [self._inspect(weight) for weight in self._weights.values()]

    def find(self, name: str) -> Path | None:
        """Return a verified local file, or None; downloads nothing."""
        found = self._inspect(self._weight(name))
        return found.path if found.state == "ok" else None

    def pull(self, name: str, *, again_after_s: float = 0.0) -> Path:
        """Return a verified file, downloaded if no folder has one; concurrent calls wait for it.

        Args:
            again_after_s: sources that did not give it are asked again after so long. A silent
                network takes a while to fail, and each camera of a process asks.

        Raises:
            ModelUnavailable: no source has it; the text lists what was tried and the remedy.
        """
        weight = self._weight(name)
        with self._pulling:
            return self._pull(weight, again_after_s)

    def _pull(self, weight: Weight, again_after_s: float) -> Path:
        local = self._inspect(weight)
        if local.state == "ok" and local.path is not None:
            return local.path
        failures = [self._folder_failure(weight, folder) for folder in self._folders]
        since_s = self._clock() - self._failed_at.get(weight.name, -math.inf)
        if since_s < again_after_s:
            failures.append(f"its sources, which failed {since_s:.0f} s ago")
        for source in weight.sources if since_s >= again_after_s else ():
            try:
                return self._download(weight, source)
            except SourceFailed as err:
                failures.append(f"{source}: {err}")
                self._failed_at[weight.name] = self._clock()
        raise ModelUnavailable(_explain(weight, failures, self._pulled))

    def _weight(self, name: str) -> Weight:
        try:
            return self._weights[name]
        except KeyError:
            known = ", ".join(self._weights)
            raise ConfigError(f"there are no weights called {name!r}; known are {known}") from None

    def _inspect(self, weight: Weight) -> WeightReport:
        """Return the first file with a known hash, else the first one with a known name."""
        wrong: Path | None = None
        for path in self._candidates(weight):
            if _sha256(path) in weight.sha256:
                return WeightReport(weight, "ok", path)
            wrong = wrong or path
        return WeightReport(weight, "wrong hash" if wrong else "missing", wrong)

    def _candidates(self, weight: Weight) -> list[Path]:
        names = (weight.file_name, *weight.other_names)
        paths = [folder / name for folder in self._folders for name in names]
        return [
            path for path in paths if path.is_file() and path.stat().st_size <= weight.limit_bytes
        ]

    def _folder_failure(self, weight: Weight, folder: Path) -> str:
        present = [path for path in self._candidates(weight) if path.is_relative_to(folder)]
        if not present:
            return f"{folder / weight.file_name}: no such file"
        return f"{present[0]}: its SHA-256 is not a known one"

    def _download(self, weight: Weight, source: WeightSource) -> Path:
        try:
            self._pulled.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._pulled, prefix=".pull-") as folder:
                part = Path(folder) / weight.file_name
                source.fetch(part, limit_bytes=weight.limit_bytes)
                actual = _sha256(part)
                if actual not in weight.sha256:
                    raise SourceFailed(f"the file's SHA-256 is {actual}, which is not a known one")
                # Renamed only once verified: a partial file never has the final name.
                return part.rename(self._pulled / weight.file_name)
        except OSError as err:
            raise SourceFailed(f"{self._pulled} cannot be written: {err}") from err


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _explain(weight: Weight, failures: list[str], pulled: Path) -> str:
    tried = "\n".join(f"  - {failure}" for failure in failures)
    hashes = " or ".join(weight.sha256)
    return (
        f"no source has the weights {weight.name} ({weight.purpose}):\n{tried}\n"
        f"Remedy: put {weight.file_name} with SHA-256 {hashes} into {pulled} or into a folder "
        "of the setting model_folders, or run `posewarden models pull --config site.yaml` where "
        "the network is open."
    )
