"""Requests for a score and their answers ↔ bytes, versioned like everything on the road."""

from typing import TypeVar, get_args

import msgspec
import numpy as np

from inference.ports import Answer
from inference.types import Unscorable
from service.adapters.wire import AXES, JOINTS, Malformed, encode_joints
from tracker.types import Float32

VERSION = b"\x01"
# 36 000 windows of the longest request have 180 KB, its 3 000 poses 612 KB.
LARGEST_BYTES = 1_000_000
_T = TypeVar("_T")
REASONS: tuple[Unscorable, ...] = get_args(Unscorable)


class _Request(msgspec.Struct, array_like=True, frozen=True):
    fps: float
    joints: bytes


class _Answer(msgspec.Struct, array_like=True, frozen=True):
    """The scores' nll, NaN where there is none, and a byte each: 0, or the reason's place."""

    nll: bytes
    reasons: bytes
    model: str
    provider: str
    failure: str | None


def encode_request(poses: Float32, fps: float) -> bytes:
    """Return poses, float32 (n, 17, 3), and their rate as bytes."""
    return VERSION + msgspec.msgpack.encode(_Request(fps, encode_joints(poses)))


def decode_request(data: bytes) -> tuple[Float32, float]:
    """Read what `encode_request` wrote.

    Raises:
        Malformed: these are no request's bytes.
    """
    read = _unpack(data, _Request)
    if not read.fps > 0 or len(read.joints) % (JOINTS * AXES * 4):
        raise Malformed(f"{len(read.joints)} bytes at {read.fps} fps are no poses")
    joints = np.frombuffer(read.joints, "<f4").reshape(-1, JOINTS, AXES).astype(np.float32)
    return joints, read.fps


def encode_answer(answer: Answer) -> bytes:
    """Return an answer as bytes."""
    nll = np.array([np.nan if nll is None else nll for nll, _ in answer.scores], "<f4")
    reasons = bytes(
        0 if reason is None else REASONS.index(reason) + 1 for _, reason in answer.scores
    )
    told = _Answer(nll.tobytes(), reasons, answer.model, answer.provider, answer.failure)
    return VERSION + msgspec.msgpack.encode(told)


def decode_answer(data: bytes) -> Answer:
    """Read what `encode_answer` wrote.

    Raises:
        Malformed: these are no answer's bytes.
    """
    read = _unpack(data, _Answer)
    if len(read.nll) != 4 * len(read.reasons) or max(read.reasons, default=0) > len(REASONS):
        raise Malformed(f"{len(read.nll)} bytes of scores for {len(read.reasons)} reasons")
    scores = tuple(
        (None, REASONS[reason - 1]) if reason else (nll, None)
        for nll, reason in zip(np.frombuffer(read.nll, "<f4").tolist(), read.reasons, strict=True)
    )
    return Answer(scores, read.model, read.provider, read.failure)


def _unpack(data: bytes, kind: type[_T]) -> _T:
    if data[:1] != VERSION or len(data) > LARGEST_BYTES:
        raise Malformed(f"{len(data)} bytes, version {data[:1].hex() or 'none'}")
    try:
        return msgspec.msgpack.decode(data[1:], type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as err:
        raise Malformed(str(err)) from err
