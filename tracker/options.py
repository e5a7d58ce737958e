"""Options of the camera process, with the range of each field."""

from dataclasses import dataclass

from tracker.limits import MAX_FPS, is_frame_rate
from tracker.validation import require_at_least

# So often a calm body is looked at, as long as its camera gives frames more often, and at most.
# Poses that far apart are bridged by the time grid at any frame rate (`WindowOptions.bridge_s`).
LOOK_EVERY_S = 0.2
LONGEST_LOOK_EVERY_S = 0.25
# Bodies that stand and are shorter than this in the picture are looked at by BlazePose lite: it
# costs half, and of so few pixels it makes as much.
LITE_BELOW_PX = 96.0
MOST_LITE_BELOW_PX = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOptions:
    """How a camera's poses are cut into windows on the model's time grid.

    Attributes:
        frames: T, poses in a window; from the model card.
        fps: the grid's rate; from the model card.
        stride: a window is due at every stride-th camera frame of a person.
        bridge_frames: gaps of up to this many missing camera frames are interpolated.
        bridge_s: gaps of up to this many seconds are interpolated too, at any frame rate.
    """

    frames: int = 24
    fps: float = 24.0
    stride: int = 3
    bridge_frames: int = 2
    bridge_s: float = 0.25

    def __post_init__(self) -> None:
        require_at_least(self, frames=2, stride=1, bridge_frames=0, bridge_s=0.0)
        if not is_frame_rate(self.fps):
            raise ValueError(f"fps is {self.fps}; it must lie in (0, {MAX_FPS:g}]")
