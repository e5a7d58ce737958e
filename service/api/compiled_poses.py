"""Poses of ordinary JSON requests, read by compiled code where the wheel was built with a compiler.

What `pose_numbers.c` does not read to the last bit as the others would, it leaves to them.
"""

import ctypes
import logging
from functools import lru_cache
from importlib.util import find_spec

import numpy as np

from tracker.limits import MAX_COORDINATE_PX
from tracker.types import Float32

_JOINTS = (17, 3)
# Of a frame without a space, its comma included: 17 × [0,0,0] with commas between, in brackets.
_LEAST_FRAME_BYTES = 17 * 8 + 2
_ARGUMENTS = (
    *(ctypes.c_char_p, ctypes.c_long),
    *(ctypes.c_void_p, ctypes.c_long),
    *(ctypes.c_double, ctypes.c_void_p),
)

log = logging.getLogger(__name__)


def compiled_poses(body: bytes) -> tuple[Float32, float] | None:
    """Return the poses (T, 17, 3) and fps of an ordinary JSON request; None: others must read it.

    Numbers of the poses lie within ±`MAX_COORDINATE_PX`.
    """
    library = _library()
    if library is None:
        return None
    room = len(body) // _LEAST_FRAME_BYTES + 1
    poses, fps = np.empty((room, *_JOINTS), np.float32), ctypes.c_double()
    frames = library.read_poses(
        body, len(body), poses.ctypes.data, room, MAX_COORDINATE_PX, ctypes.byref(fps)
    )
    return (poses[:frames], fps.value) if frames else None


@lru_cache(maxsize=1)
def _library() -> ctypes.PyDLL | None:
    """Return the compiled code; None where there is none."""
    found = find_spec("service.api._pose_numbers")
    if found is None or found.origin is None:
        return None
    try:
        # It takes microseconds: setting other threads free meanwhile would take longer.
        library = ctypes.PyDLL(found.origin)
    except OSError as err:
        log.warning("the compiled reading of poses does not load", extra={"error": str(err)})
        return None
    library.read_poses.argtypes = _ARGUMENTS
    library.read_poses.restype = ctypes.c_long
    return library
