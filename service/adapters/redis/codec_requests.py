"""Score requests and their results ↔ bytes, with a version byte."""

from typing import get_args

import msgspec
import numpy as np

from inference.ports import ScoreResult
from inference.types import Unscorable
from service.adapters.redis.codec import (
    AXES,
    JOINTS,
    Malformed,
    encode_joints,
    floats,
    pack,
    unpack,
)
from tracker.types import Float32

VERSION = b"\x01"  # of entries that live for seconds; `codec.VERSION` is of what stays in Redis
# 36 000 windows of the longest request have 180 KB, its 3 000 poses 612 KB.
LARGEST_BYTES = 1_000_000
REASONS: tuple[Unscorable, ...] = get_args(Unscorable)


class _Request(msgspec.Struct, array_like=True, frozen=True):
    fps: float
    joints: bytes


class _Result(msgspec.Struct, array_like=True, frozen=True):
    """The scores' nll, NaN where there is none, and a byte each: 0, or the reason's place."""

    nll: bytes
    reasons: bytes
    model: str
    provider: str
    failure: str | None


def encode_request(poses: Float32, fps: float) -> bytes:
    """Return poses, float32 (n, 17, 3), and their rate as bytes."""
    return pack(_Request(fps, encode_joints(poses)), VERSION)


def decode_request(data: bytes) -> tuple[Float32, float]:
    """Read what `encode_request` wrote.

    Raises:
        Malformed: these are not a request's bytes.
    """
    read = unpack(data, _Request, VERSION, LARGEST_BYTES)
    if not read.fps > 0:
        raise Malformed(f"{read.fps} fps is no rate")
    return floats(read.joints, JOINTS, AXES, largest_bytes=LARGEST_BYTES), read.fps


def encode_result(result: ScoreResult) -> bytes:
    """Return a result as bytes."""
    nll = np.array([np.nan if nll is None else nll for nll, _ in result.scores], "<f4")
    reasons = bytes(
        0 if reason is None else REASONS.index(reason) + 1 for _, reason in result.scores
    )
    fields = _Result(nll.tobytes(), reasons, result.model, result.provider, result.failure)
    return pack(fields, VERSION)


def decode_result(data: bytes) -> ScoreResult:
    """Read what `encode_result` wrote.

    Raises:
        Malformed: these are not a result's bytes.
    """
    read = unpack(data, _Result, VERSION, LARGEST_BYTES)
    if len(read.nll) != 4 * len(read.reasons) or max(read.reasons, default=0) > len(REASONS):
        raise Malformed(f"{len(read.nll)} bytes of scores for {len(read.reasons)} reasons")
    scores = tuple(
        (None, REASONS[reason - 1]) if reason else (nll, None)
        for nll, reason in zip(np.frombuffer(read.nll, "<f4").tolist(), read.reasons, strict=True)
    )
    return ScoreResult(scores, read.model, read.provider, read.failure)
