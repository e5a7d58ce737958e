"""Parses and validates the body of POST /score; problems name the wrong element."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from inference.card import ModelCard
from inference.scoring import PoseSequence
from service.api.compiled_poses import compiled_poses
from service.api.given_poses import array_poses, plain_poses
from service.api.json_body import decoded
from service.api.problems import Problem
from service.api.shapes.poses import Body
from service.api.shapes.scores import MAX_FRAMES, PeopleScoreRequest, ScoreRequest
from service.sentences.scoring import (
    NO_COORDINATE,
    TOO_FEW_FRAMES,
    TOO_LONG,
    TOO_MANY_FRAMES,
    WRONG_RATE,
)
from tracker.limits import MAX_COORDINATE_PX, MAX_FPS

MAX_GRID_POSES = 36_000
WANTED = "wanted is poses as T × 17 × [x_px, y_px, confidence] and fps as a number"
_Numbers: TypeAlias = NDArray[np.float64] | NDArray[np.float32]
WANTED_PEOPLE = f'in "people": [{{"poses": …}}, …] {WANTED} beside people'


@dataclass(frozen=True, slots=True)
class RequestedScores:
    """What a request wants to be scored.

    Attributes:
        sequences: one a person, of at least one window at the model's rate each.
        of_people: it names people, so that the response does.
    """

    sequences: tuple[PoseSequence, ...]
    of_people: bool


def parse_request(
    body: bytes, card: ModelCard, *, array_fps: float | None = None
) -> RequestedScores:
    """Return the poses of a request's body, of one person or of several.

    Args:
        array_fps: rate of poses that are a .npy file; None: the body is JSON.

    Raises:
        Problem: the body is not as promised; it names the element.
    """
    each, fps = _given_json(body) if array_fps is None else (_given_array(body), array_fps)
    of_people = "" not in each
    _check_fps(fps)
    frames = sum(map(len, each.values()))
    if frames > MAX_FRAMES:
        detail = TOO_MANY_FRAMES(frames=frames, most=MAX_FRAMES)
        at = "/people" if of_people else "/poses"
        raise Problem(422, "too-many-frames", detail, pointer=at)
    sequences = [_sequence(poses, fps, card, at) for at, poses in each.items()]
    _check_length(frames, fps, card.fps)
    return RequestedScores(tuple(sequences), of_people)


def _given_json(body: bytes) -> tuple[Mapping[str, _Numbers], float]:
    """Return each person's poses (T, 17, 3) by the pointer to them, and their rate."""
    plain = compiled_poses(body) or plain_poses(body)
    if plain is not None:
        return {"": plain[0]}, plain[1]
    request = parse(body)
    if isinstance(request, ScoreRequest):
        return {"": _numbers(request.poses)}, request.fps
    people = enumerate(request.people)
    return {f"/people/{number}": _numbers(one.poses) for number, one in people}, request.fps


def _given_array(body: bytes) -> Mapping[str, _Numbers]:
    poses = array_poses(body)
    if not isinstance(poses, tuple):
        return {"": poses}
    return {f"/people/{number}": one for number, one in enumerate(poses)}


def _numbers(poses: list[Body]) -> NDArray[np.float64]:
    return np.array(poses, dtype=np.float64).reshape(-1, 17, 3)


def parse(body: bytes) -> ScoreRequest | PeopleScoreRequest:
    """Decode a request's shape.

    Raises:
        Problem: it is not JSON, or an element has not the shape or type it must have.
    """
    # Looking for the word costs a few µs; poses are numbers and hold none.
    if b'"people"' in body:
        return decoded(body, PeopleScoreRequest, wanted=WANTED_PEOPLE)
    return decoded(body, ScoreRequest, wanted=WANTED)


def _sequence(poses: _Numbers, fps: float, card: ModelCard, at: str) -> PoseSequence:
    """Return one person's poses (T, 17, 3).

    Args:
        poses: where they are float32, their numbers were checked when they were read.
        at: pointer to the person.
    """
    if poses.dtype != np.float32:
        _check_numbers(poses, at)
    _check_length(len(poses), fps, card.fps)
    sequence = PoseSequence(poses.astype(np.float32, copy=False), fps, card.fps)
    if len(sequence) < card.frames:
        needed = math.ceil((card.frames - 1) * fps / card.fps - 1e-9) + 1
        detail = TOO_FEW_FRAMES(frames=len(poses), fps=fps, least=needed)
        raise Problem(422, "too-few-frames", detail, pointer=f"{at}/poses")
    return sequence


def _check_fps(fps: float) -> None:
    if not 0 < fps <= MAX_FPS:
        detail = WRONG_RATE(fps=fps, most=MAX_FPS)
        raise Problem(422, "bad-fps", detail, pointer="/fps")


def _check_numbers(poses: _Numbers, at: str) -> None:
    """Refuse what is no coordinate or confidence."""
    good = np.abs(poses) <= MAX_COORDINATE_PX
    if good.all():
        return
    place = tuple(int(index) for index in np.argwhere(~good)[0])
    raise Problem(
        422,
        "bad-number",
        NO_COORDINATE(number=float(poses[place]), most=MAX_COORDINATE_PX),
        pointer=f"{at}/poses/" + "/".join(map(str, place)),
    )


def _check_length(frames: int, fps: float, model_fps: float) -> None:
    """Bound the poses on the model's grid: a tiny fps would make them millions."""
    if frames * model_fps / fps > MAX_GRID_POSES:
        raise Problem(
            422,
            "bad-fps",
            TOO_LONG(
                frames=frames,
                fps=fps,
                lasts_s=frames / fps,
                most=MAX_GRID_POSES,
                model_fps=model_fps,
            ),
            pointer="/fps",
        )
