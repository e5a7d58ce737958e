"""`extract`: videos or simulated people to pose files, by the very road a live camera takes.

The poses are written on the model's time grid, resampled as in the camera process, so that a model
trained on them sees what it will see when it serves. A gap too long to bridge starts a new person.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

import cv2
import msgspec
import numpy as np

from tracker.bytetrack import ByteTrack
from tracker.errors import ConfigError
from tracker.estimators import build_estimator
from tracker.given import GivenIds, GivenPoses
from tracker.models import ModelStore
from tracker.options import WindowOptions
from tracker.ports import PersonTracker, PoseEstimator
from tracker.simulator import Simulation, simulate
from tracker.telemetry import Tally
from tracker.types import Float32, Frame, Pose, Samples
from tracker.video import VideoFile
from tracker.windows import Resampler

SUFFIX = "_alphapose_tracked_person.json"
DOWNLOADS = Path.home() / ".cache" / "posewarden" / "models"


class PoseFile:
    """Collects samples and writes them as one AlphaPose tracked-person file."""

    def __init__(self) -> None:
        self._runs: dict[int, int] = defaultdict(int)
        self._poses: dict[tuple[int, int], list[Float32]] = defaultdict(list)

    def add(self, samples: Samples) -> None:
        """Take what one frame adds to one person; a restart begins another person of the file."""
        number = samples.person.number
        if samples.restarts:
            self._runs[number] += 1
        self._poses[number, self._runs[number]].append(samples.joints)

    def write(self, file: Path) -> int:
        """Write the file; return the number of poses."""
        people = {
            str(index): _frames(np.concatenate(joints))
            for index, joints in enumerate(self._poses.values(), start=1)
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.encode(people))
        return sum(len(frames) for frames in people.values())


def extract(
    frames: Iterable[Frame], estimator: PoseEstimator, tracker: PersonTracker, fps: float
) -> PoseFile:
    """Carry frames through the camera's stages up to the samples.

    Args:
        fps: of the grid the poses are written on.
    """
    resampler = Resampler(WindowOptions(fps=fps))
    poses = PoseFile()
    for frame in frames:
        tracks = tracker.update(frame, estimator.estimate(frame, tracker.expected(frame.at)))
        for samples in resampler.advance(tracks, frame.seq, frame.at):
            poses.add(samples)
    return poses


def video_poses(
    video: Path, store: ModelStore, fps: float, *, begin: float = 0.0, end: float = 1.0
) -> PoseFile:
    """Extract the poses of a video between two fractions of its length."""
    estimator, notes = build_estimator("blazepose", store=store, telemetry=Tally())
    for note in notes:
        print(f"{video.name}: {note}")
    return extract(_part(video, begin, end), estimator, ByteTrack(), fps)


def crowd_poses(simulation: Simulation, seconds: float, fps: float) -> PoseFile:
    """Extract the poses of simulated people."""
    return extract(_simulated(simulation, seconds), GivenPoses(), GivenIds(), fps)


def _frames(joints: Float32) -> dict[str, dict[str, list[float] | float]]:
    rounded = np.round(joints.astype(np.float64), 3).reshape(len(joints), -1)
    return {
        f"{index:06d}": {"keypoints": row.tolist(), "scores": float(row[2::3].mean())}
        for index, row in enumerate(rounded)
    }


def _part(video: Path, begin: float, end: float) -> Iterator[Frame]:
    """Yield the video's frames between two fractions of its length."""
    reader = cv2.VideoCapture(str(video))
    total = int(reader.get(cv2.CAP_PROP_FRAME_COUNT))
    reader.release()
    frames = VideoFile(video.stem.lower(), video, pace=False)
    return islice(frames, round(total * begin), round(total * end))


def _simulated(simulation: Simulation, seconds: float) -> Iterator[Frame]:
    record = simulate(simulation, seconds)
    for seq, (at, bodies) in enumerate(zip(record.at_s, record.joints, strict=True)):
        poses = tuple(
            Pose(joints, np.zeros(4, np.float32), number)
            for number, joints in enumerate(bodies, start=1)
        )
        size = (simulation.width, simulation.height)
        yield Frame("sim", str(simulation.seed), seq, float(at), *size, poses=poses)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab extract`."""
    parser.add_argument("--video", type=Path, nargs="*", default=[], help="video files")
    parser.add_argument("--begin", type=float, default=0.0, help="fraction of each video to skip")
    parser.add_argument("--end", type=float, default=1.0, help="fraction of each video to stop at")
    parser.add_argument("--sim-seeds", type=int, nargs="*", default=[], help="simulated crowds")
    parser.add_argument("--sim-seconds", type=float, default=120.0, help="length of each crowd")
    parser.add_argument("--sim-fps", type=float, nargs="+", default=[15.0], help="used in turn")
    parser.add_argument("--fps", type=float, default=24.0, help="rate of the written poses")
    parser.add_argument("--models", type=Path, action="append", default=[], help="weights folder")
    parser.add_argument("--out", type=Path, required=True, help="folder of pose files")


def run(arguments: argparse.Namespace) -> None:
    """Write one pose file per video and per simulated crowd.

    Raises:
        ConfigError: a video is missing, a crowd cannot be, or there is nothing to do.
    """
    missing = [str(video) for video in arguments.video if not video.is_file()]
    if missing:
        raise ConfigError(f"no such video: {', '.join(missing)}")
    if not arguments.video and not arguments.sim_seeds:
        raise ConfigError("nothing to extract; give --video FILE or --sim-seeds NUMBER")
    crowds = _crowds(arguments)
    store = ModelStore(arguments.models, DOWNLOADS)
    for video in arguments.video:
        poses = video_poses(video, store, arguments.fps, begin=arguments.begin, end=arguments.end)
        _write(poses, arguments.out / f"{video.stem}{SUFFIX}")
    for crowd in crowds:
        poses = crowd_poses(crowd, arguments.sim_seconds, arguments.fps)
        _write(poses, arguments.out / f"sim_{crowd.seed:04d}{SUFFIX}")


def _crowds(arguments: argparse.Namespace) -> list[Simulation]:
    rates = cycle(arguments.sim_fps)
    try:
        return [
            Simulation(people=5, fps=fps, seed=seed)
            for seed, fps in zip(arguments.sim_seeds, rates, strict=False)
        ]
    except ValueError as err:
        raise ConfigError(f"simulated crowd: {err}") from err


def _write(poses: PoseFile, file: Path) -> None:
    print(f"{file}: {poses.write(file)} poses")
