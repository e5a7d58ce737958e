"""Scores a batch of POST /score's bodies, each of one person or of several."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from inference.kinds.sequence import sequence_kinds
from inference.ports import FlowModel, ScoreResult
from inference.rarity import ordinary_scores_of
from inference.scoring import PoseSequence, explain_window
from service.api.dependencies import ApiDependencies
from service.api.problems import Problem
from service.api.schemas import (
    PeopleScores,
    ScoreResponse,
    ShownKind,
    WindowMap,
    WindowScore,
)
from service.api.score_batches import Deliver
from service.api.score_queue import Waiting, Wanted
from service.api.score_request import RequestedScores, parse_request
from tracker.errors import ScoringUnavailable

# People who are scored in one call; a request of many is scored in several.
PEOPLE_AT_ONCE = 16


@dataclass(slots=True)
class _Asked:
    """A request of the batch.

    Attributes:
        place: in the batch.
        results: of its people, by their number.
    """

    place: int
    wanted: RequestedScores
    extras: Wanted
    until_s: float
    results: dict[int, ScoreResult] = field(default_factory=dict)


def score_bodies(
    batch: Sequence[Waiting],
    within_s: Sequence[float],
    deliver: Deliver,
    dependencies: ApiDependencies,
) -> None:
    """Deliver the JSON response to each request's JSON body, or the problem with it.

    Args:
        within_s: how long each may take.

    Raises:
        StoreUnavailable: Redis did not answer; the others have no response.
    """
    now_s = time.monotonic()
    asked: list[_Asked] = []
    for place, waiting in enumerate(batch):
        try:
            fps = waiting.wanted.array_fps
            wanted = parse_request(waiting.body, dependencies.flow.card, array_fps=fps)
            asked.append(_Asked(place, wanted, waiting.wanted, now_s + within_s[place]))
        except Problem as problem:
            deliver(place, problem)
    failed: set[int] = set()
    for each, number, result in _results(asked, dependencies):
        if each.place in failed:
            continue
        if isinstance(result, Exception):
            failed.add(each.place)
            deliver(each.place, _told(result))
            continue
        each.results[number] = result
        if len(each.results) == len(each.wanted.sequences):
            deliver(each.place, _response(each, dependencies))


def _results(
    asked: Sequence[_Asked], dependencies: ApiDependencies
) -> Iterator[tuple[_Asked, int, ScoreResult | Exception]]:
    """Yield each person's result with the request and the number in it."""
    people = [(each, number) for each in asked for number in range(len(each.wanted.sequences))]
    for begin in range(0, len(people), PEOPLE_AT_ONCE):
        part = people[begin : begin + PEOPLE_AT_ONCE]
        now_s = time.monotonic()
        found = dependencies.scoring.score_all(
            [each.wanted.sequences[number] for each, number in part],
            [max(each.until_s - now_s, 0.0) for each, _ in part],
        )
        for place, result in found:
            yield *part[place], result


def _told(failure: Exception) -> Exception:
    if isinstance(failure, ScoringUnavailable):
        return Problem(503, "no-worker", f"{failure}; try again soon")
    return failure


def _response(asked: _Asked, dependencies: ApiDependencies) -> bytes | Exception:
    sequences = asked.wanted.sequences
    try:
        people = [
            _person(asked.results[number], dependencies, sequence, asked.extras)
            for number, sequence in enumerate(sequences)
        ]
        whole = PeopleScores(people=people) if asked.wanted.of_people else people[0]
        return msgspec.json.encode(whole)
    except Exception as err:  # told to whom it belongs; the others of the batch go on
        return err


def _person(
    result: ScoreResult, dependencies: ApiDependencies, sequence: PoseSequence, extras: Wanted
) -> ScoreResponse:
    response = _scores(result, dependencies, sequence, kinds=extras.kinds)
    if not extras.explain:
        return response
    flow = dependencies.flow_of(result.model) or dependencies.flow
    window_map = _explain_worst(flow, sequence, response.windows)
    return msgspec.structs.replace(response, map=window_map)


def _scores(
    result: ScoreResult, dependencies: ApiDependencies, sequence: PoseSequence, *, kinds: bool
) -> ScoreResponse:
    flow = dependencies.flow_of(result.model) or dependencies.flow
    card = flow.card
    last_frame, frames_per_pose = len(sequence.poses) - 1, sequence.fps / card.fps

    def frame_of(pose: int) -> int:
        """Return the request's frame at a pose at the model's rate."""
        return min(last_frame, round(pose * frames_per_pose))

    windows = [
        WindowScore(
            start_frame=frame_of(start),
            end_frame=frame_of(start + card.frames - 1),
            score=score,
            unscorable=reason or msgspec.UNSET,
        )
        for start, (score, reason) in enumerate(result.scores)
    ]
    worst = max((each.score for each in windows if each.score is not None), default=None)
    threshold, ordinary = dependencies.threshold_by(card), ordinary_scores_of(card)
    return ScoreResponse(
        score=worst,
        threshold=threshold,
        anomalous=None if worst is None or threshold is None else worst >= threshold,
        rarity_hours=(
            None if worst is None or ordinary is None else round(ordinary.rarity_hours(worst), 2)
        ),
        windows=windows,
        kinds=[
            ShownKind(kind=each.kind, score=each.score, frame=each.frame, seen=each.seen)
            for each in (sequence_kinds(sequence.poses, sequence.fps) if kinds else ())
        ],
        model=msgspec.structs.replace(dependencies.model_info(flow), provider=result.provider),
    )


def _explain_worst(
    flow: FlowModel, sequence: PoseSequence, scores: list[WindowScore]
) -> WindowMap | None:
    """Explain the worst window, the last one of equals."""
    scored = [(each.score, start) for start, each in enumerate(scores) if each.score is not None]
    if not scored:
        return None
    _, worst = max(scored)
    shares = explain_window(flow, sequence.resampled()[worst : worst + flow.card.frames])
    return WindowMap(
        start_frame=scores[worst].start_frame,
        end_frame=scores[worst].end_frame,
        joints=flow.card.joints,
        values=shares.tolist(),
    )
