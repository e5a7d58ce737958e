"""Parses and validates the body of POST /score; problems name the wrong element."""

import json
import math
from collections.abc import Iterator

import msgspec
import numpy as np

from inference.card import ModelCard
from inference.scoring import PoseSequence
from service.api.problems import Problem
from service.api.schemas import MAX_FRAMES, ScoreRequest
from tracker.limits import MAX_COORDINATE_PX, MAX_FPS
from tracker.types import Float32

MAX_GRID_POSES = 36_000
REQUEST_DEPTH = 4  # poses, frame, joint, axis


def parse_sequence(body: bytes, card: ModelCard) -> PoseSequence:
    """Return the poses of a request's JSON body, at least one window at the model's rate.

    Raises:
        Problem: the body is not as promised; it names the element.
    """
    request = parse(body)
    poses = check_numbers(request)
    frames = len(poses)
    check_length(frames, request.fps, card.fps)
    sequence = PoseSequence(poses, request.fps, card.fps)
    if len(sequence) < card.frames:
        needed = math.ceil((card.frames - 1) * request.fps / card.fps - 1e-9) + 1
        raise Problem(
            422,
            "too-few-frames",
            f"{frames} frames at {request.fps:g} fps are less than one window; "
            f"send at least {needed}",
            pointer="/poses",
        )
    return sequence


def parse(body: bytes) -> ScoreRequest:
    """Decode a request's shape.

    Raises:
        Problem: it is not JSON, or an element has not the shape or type it must have.
    """
    try:
        return msgspec.json.decode(body, type=ScoreRequest)
    except msgspec.ValidationError as err:
        what, _, path = str(err).partition(" - at `")
        raise Problem(
            422,
            "wrong-shape",
            f"{what}; wanted is poses as T × 17 × [x_px, y_px, confidence] and fps as a number",
            pointer=_pointer(path.removesuffix("`")),
        ) from err
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Problem(
            400, "not-json", f"the body is not JSON: {err}", pointer=_pointer_to_nan(body)
        ) from err
    except RecursionError as err:
        raise Problem(400, "too-deep", "the body is nested too deeply", pointer="") from err


def check_numbers(request: ScoreRequest) -> Float32:
    """Return the poses, float32 (T, 17, 3).

    Raises:
        Problem: a number is out of its range, or there are too many frames.
    """
    if not 0 < request.fps <= MAX_FPS:
        raise Problem(
            422,
            "bad-fps",
            f"fps is {request.fps:g}; it must lie in (0, {MAX_FPS:g}]",
            pointer="/fps",
        )
    if len(request.poses) > MAX_FRAMES:
        raise Problem(
            422,
            "too-many-frames",
            f"{len(request.poses)} frames; send at most {MAX_FRAMES} at once",
            pointer="/poses",
        )
    poses = np.array(request.poses, dtype=np.float64).reshape(-1, 17, 3)
    bad = np.argwhere(~(np.abs(poses) <= MAX_COORDINATE_PX))
    if len(bad):
        at = tuple(int(index) for index in bad[0])
        raise Problem(
            422,
            "bad-number",
            f"{poses[at]:g} is no coordinate in px or confidence; "
            f"numbers lie within ±{MAX_COORDINATE_PX:g}",
            pointer="/poses/" + "/".join(map(str, at)),
        )
    return poses.astype(np.float32)


def check_length(frames: int, fps: float, model_fps: float) -> None:
    """Bound the poses on the model's grid: a tiny fps would make them millions.

    Raises:
        Problem: they would be too many.
    """
    if frames * model_fps / fps > MAX_GRID_POSES:
        raise Problem(
            422,
            "bad-fps",
            f"{frames} frames at {fps:g} fps last {frames / fps:.0f} s, more than "
            f"{MAX_GRID_POSES} poses at the model's {model_fps:g} fps; send fewer frames",
            pointer="/fps",
        )


def _pointer_to_nan(body: bytes) -> str:
    """Point at the first NaN or Infinity, which JSON does not have but many writers write."""
    try:
        elements = _elements(json.loads(body), ())
    except (ValueError, RecursionError):
        return ""
    for path, value in elements:
        if isinstance(value, float) and not math.isfinite(value):
            return "".join(f"/{key}" for key in path)
    return ""


def _elements(
    value: object, path: tuple[object, ...]
) -> Iterator[tuple[tuple[object, ...], object]]:
    """Yield every element of a request, as deep as a valid one goes, with its keys.

    Callers join the keys of one element only: a long key above many elements, joined for each,
    would be gigabytes of text.
    """
    yield path, value
    if len(path) == REQUEST_DEPTH:
        return
    children = value.items() if isinstance(value, dict) else ()
    for key, child in enumerate(value) if isinstance(value, list) else children:
        yield from _elements(child, (*path, key))


def _pointer(path: str) -> str:
    """`$.poses[3][2]` as a JSON pointer, `/poses/3/2`."""
    return path.removeprefix("$").replace(".", "/").replace("[", "/").replace("]", "")
