"""The poses of a stretch, one after another, from windows that overlap. Pure."""

from collections.abc import Iterator

from inference.stretches.stretch import Stretch
from tracker.types import Float32


def stretch_poses(stretch: Stretch) -> Iterator[tuple[float, Float32]]:
    """Yield each pose (17, 3) once, with its time (UTC seconds), oldest first.

    A window ends at its own time; of its poses those count that are later than the window before.
    """
    shown_to = float("-inf")
    for window in stretch.windows:
        poses = window.poses(stretch.frames)
        for place in range(stretch.frames):
            at = window.at - (stretch.frames - 1 - place) / stretch.fps
            # The grid's times differ by less than half a step from window to window.
            if at > shown_to + 0.5 / stretch.fps:
                shown_to = at
                yield at, poses[place]
