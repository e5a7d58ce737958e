"""Check that a local camera exists, may be used, is free, and is a camera at all."""

import errno
import fcntl
import os
import struct
from pathlib import Path

from tracker.sources.diagnosis.diagnosis import Diagnosis

# Video4Linux' question for a device's abilities, and the abilities of those that give pictures.
_QUERY_ABILITIES = 0x80685600
_ANSWER_BYTES, _ABILITIES_AT, _OF_THIS_NODE_AT = 104, 84, 88
_PER_NODE, _CAPTURES = 0x80000000, 0x1 | 0x1000


def diagnose_device(device: Path) -> Diagnosis:
    """Return whether a local camera can be used; if not, why, with the remedy."""
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except FileNotFoundError:
        return Diagnosis("device", f"there is no {device}; plug the camera in, or {_other(device)}")
    except PermissionError:
        text = f"{device} may not be used by this user; add the user to the group video"
        return Diagnosis("device", text)
    except OSError as err:
        return Diagnosis("device", _unusable(device, err))
    try:
        captures = _captures(descriptor)
    except OSError as err:
        if err.errno in (errno.ENOTTY, errno.EINVAL):
            text = f"{device} is no camera; see `v4l2-ctl --list-devices` for those there are"
            return Diagnosis("device", text)
        return Diagnosis("device", _unusable(device, err))
    finally:
        os.close(descriptor)
    if not captures:
        text = f"{device} gives no pictures; a camera's other devices do: {_other(device)}"
        return Diagnosis("device", text)
    text = f"{device} is there and free; if it gives no pictures, {_other(device)}"
    return Diagnosis("open", text)


def _captures(descriptor: int) -> bool:
    """Return whether a device of Video4Linux gives pictures; some give data about them alone."""
    answer = bytearray(_ANSWER_BYTES)
    fcntl.ioctl(descriptor, _QUERY_ABILITIES, answer)
    (of_all,) = struct.unpack_from("=I", answer, _ABILITIES_AT)
    (of_node,) = struct.unpack_from("=I", answer, _OF_THIS_NODE_AT)
    return bool((of_node if of_all & _PER_NODE else of_all) & _CAPTURES)


def _unusable(device: Path, err: OSError) -> str:
    cause = "in use by another program; end it" if err.errno == errno.EBUSY else "not usable"
    return f"{device} is {cause} ({os.strerror(err.errno or 0)})"


def _other(device: Path) -> str:
    if device.parent == Path("/dev"):
        return "try another number"
    return f"look into {device.parent} for its name"
