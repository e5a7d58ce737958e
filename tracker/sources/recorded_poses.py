"""Plays a file of tracked poses as a camera."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import numpy as np

from tracker.errors import BadPoses
from tracker.playback import PlaybackClock, session_name
from tracker.ports import FrameSource
from tracker.sources.pose_file import SMALLEST_PICTURE_PX, PersonPoses, read_people
from tracker.types import Frame, Pose


class PosesSource(FrameSource):
    """Plays a pose file in real time; every play is a session of its own.

    Args:
        loop: start again at the end, as a new session, for ever.
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
            raise BadPoses(f"{path.name}: nobody is in it")
        largest = np.max([pose.box_px[2:] for poses in self._frames.values() for pose in poses], 0)
        self._size_px = np.maximum(np.ceil(largest), SMALLEST_PICTURE_PX).astype(int).tolist()

    def __iter__(self) -> Iterator[Frame]:
        play = 0
        yield from self._play(play)
        while self._loop and not self._stop.is_set():
            play += 1
            yield from self._play(play)

    def _play(self, play: int) -> Iterator[Frame]:
        session = session_name(self._clock(), play)
        pace = PlaybackClock(self._fps, self._clock, self._stop)
        width, height = self._size_px
        index = 0
        # The last frame lasts as long as any other: wait for the one after it.
        while (turn := pace.wait_for(index)) and turn[0] <= self._last:
            index, at = turn
            poses = self._frames.get(index, ())
            yield Frame(self._camera, session, index, at, width, height, poses=poses)
            index += 1


def _by_frame(people: dict[int, PersonPoses]) -> tuple[dict[int, tuple[Pose, ...]], int]:
    """Turn people over time into poses per frame, counted from the file's first frame."""
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
