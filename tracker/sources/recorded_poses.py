"""Play a file of tracked poses as a camera, in real time."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import numpy as np

from tracker.errors import BadPoses
from tracker.playback import FrameClock, sessions
from tracker.ports import FrameSource
from tracker.sources.pose_file import SMALLEST_PICTURE_PX, PersonPoses, read_people
from tracker.types import Frame, Pose


class PosesSource(FrameSource):
    """Plays a pose file in real time; each play is a session of its own.

    Args:
        loop: start again at the end, each time as a new session.
        stop: ends the iteration at once.

    Raises:
        BadPoses: the file is malformed or holds nobody.
    """

    def __init__(
        self,
        camera: str,
        path: Path,
        *,
        fps: float = 24.0,
        loop: bool = False,
        clock: Callable[[], float] = time.time,
        stop: Event | None = None,
    ) -> None:
        self._camera = camera
        self._fps = fps
        self._loop = loop
        self._clock = clock
        self._stop = stop or Event()
        self._frames, self._last = _by_frame(read_people(path))
        if not self._frames:
            raise BadPoses(f"{path.name}: it holds nobody; use a file with at least one person")
        largest = np.max([pose.box_px[2:] for poses in self._frames.values() for pose in poses], 0)
        self._size_px = np.maximum(np.ceil(largest), SMALLEST_PICTURE_PX).astype(int).tolist()

    def __iter__(self) -> Iterator[Frame]:
        width, height = self._size_px
        for _, session in sessions(self._clock, self._stop, loop=self._loop):
            # The last frame lasts as long as any other: the play ends when the next one is due.
            for index, at in FrameClock(self._fps, self._clock, self._stop).due_frames():
                if index > self._last:
                    break
                poses = self._frames.get(index, ())
                yield Frame(self._camera, session, index, at, width, height, poses=poses)


def _by_frame(people: dict[int, PersonPoses]) -> tuple[dict[int, tuple[Pose, ...]], int]:
    """Return the poses per frame and the last frame, both counted from the file's first frame."""
    seen = [person for person in people.values() if len(person.frames)]
    if not seen:
        return {}, 0
    first = min(int(person.frames[0]) for person in seen)
    last = max(int(person.frames[-1]) for person in seen) - first
    frames: dict[int, tuple[Pose, ...]] = {}
    for number, person in people.items():
        boxes = np.concatenate(
            [person.joints[..., :2].min(axis=1), person.joints[..., :2].max(axis=1)], axis=-1
        )
        for frame, joints, box in zip(person.frames.tolist(), person.joints, boxes, strict=True):
            pose = Pose(joints, box, number)
            frames[frame - first] = (*frames.get(frame - first, ()), pose)
    return frames, last
