"""Bounds that several inputs share, each stated once."""

# No camera, recording or model is faster; a higher rate is a unit error.
MAX_FPS = 240.0
# People far away are too small for pose estimation in pictures with fewer lines.
MIN_PICTURE_LINES = 360
# No picture is larger; squares of such numbers, summed over a window, stay far below float32's max.
MAX_COORDINATE_PX = 1e6


def is_frame_rate(fps: float) -> bool:
    """Return whether this is a possible frame rate, in frames per second."""
    return 0 < fps <= MAX_FPS
