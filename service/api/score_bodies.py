"""Scores a batch of POST /score's bodies, each of one person or of several."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from inference.card import ModelCard
from inference.kinds.sequence import SequenceKind, kinds_of_each, sequence_kinds
from inference.ports import FlowModel, ScoreResult
from inference.rarity import OrdinaryScores, ordinary_scores_of
from inference.scoring import PoseSequence, explain_window
from service.api.dependencies import ApiDependencies
from service.api.problems import Problem
from service.api.score_batches import Deliver
from service.api.score_queue import Waiting, Wanted
from service.api.score_request import RequestedScores, parse_request
from service.api.shapes.scores import (
    ModelInfo,
    PeopleScores,
    ScoreResponse,
    ShownKind,
    WindowMap,
    WindowScore,
)
from service.sentences.scoring import NOBODY_SCORES
from tracker.errors import ScoringUnavailable
from tracker.wording import sentence_of

log = logging.getLogger(__name__)
# People who are scored in one call; a request of many is scored in several.
PEOPLE_AT_ONCE = 32


@dataclass(slots=True)
class _Asked:
    """A request of the batch.

    Attributes:
        place: in the batch.
        results: of its people, by their number.
        kinds: of its people, where they are known.
    """

    place: int
    wanted: RequestedScores
    extras: Wanted
    until_s: float
    results: dict[int, ScoreResult] = field(default_factory=dict)
    kinds: list[list[SequenceKind]] = field(default_factory=list)


class BodyScoring:
    """Scores batches of bodies with what the routes work with."""

    def __init__(self, dependencies: ApiDependencies) -> None:
        self._dependencies = dependencies
        self._models = _Models(dependencies)

    def score(self, batch: Sequence[Waiting], within_s: Sequence[float], deliver: Deliver) -> None:
        """Deliver the JSON response to each request's body, or the problem with it.

        Args:
            within_s: how long each may take.

        Raises:
            StoreUnavailable: Redis did not answer; the others have no response.
        """
        asked = list(self._parsed(batch, within_s, deliver))
        _add_kinds(asked)
        failed: set[int] = set()
        for each, number, result in _results(asked, self._dependencies):
            if each.place in failed:
                continue
            if isinstance(result, Exception):
                failed.add(each.place)
                deliver(each.place, _told(result))
                continue
            each.results[number] = result
            if len(each.results) == len(each.wanted.sequences):
                deliver(each.place, _response(each, self._models))

    def _parsed(
        self, batch: Sequence[Waiting], within_s: Sequence[float], deliver: Deliver
    ) -> Iterator[_Asked]:
        """Yield what can be scored; deliver the problem of what cannot."""
        now_s, card = time.monotonic(), self._dependencies.flow.card
        for place, waiting in enumerate(batch):
            try:
                fps = waiting.wanted.array_fps
                wanted = parse_request(waiting.body, card, array_fps=fps)
                yield _Asked(place, wanted, waiting.wanted, now_s + within_s[place])
            except Problem as problem:
                deliver(place, problem)


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
        return Problem(503, "no-worker", NOBODY_SCORES(problem=sentence_of(failure)))
    return failure


def _add_kinds(asked: Sequence[_Asked]) -> None:
    """Find the kinds of everybody in one call: alone, each would cost many times as much."""
    wanting = [each for each in asked if each.extras.kinds]
    sequences = [one for each in wanting for one in each.wanted.sequences]
    try:
        found = kinds_of_each([one.poses for one in sequences], [one.fps for one in sequences])
    except Exception:  # one person's must not fail the others': each is tried alone
        log.exception("kinds of a batch failed; going on one by one")
        return
    kinds = iter(found)
    for each in wanting:
        each.kinds = [next(kinds) for _ in each.wanted.sequences]


class _Models:
    """What there is to say of the models that score; looked up once for each."""

    def __init__(self, dependencies: ApiDependencies) -> None:
        self._dependencies = dependencies
        self._known: dict[str, _Model] = {}

    def of(self, result: ScoreResult) -> "_Model":
        """Return what there is to say of the model that scored."""
        known = self._known.get(result.model)
        if known is None:
            flow = self._dependencies.flow_of(result.model)
            known = self._model(flow or self._dependencies.flow)
            if flow is not None:
                # Of the few models that a promotion has in force at once, the newest.
                self._known = {**dict(list(self._known.items())[-3:]), result.model: known}
        return known

    def _model(self, flow: FlowModel) -> "_Model":
        info = self._dependencies.model_info(flow)
        return _Model(flow, info, info.threshold, ordinary_scores_of(flow.card))


@dataclass(frozen=True, slots=True)
class _Model:
    flow: FlowModel
    info: ModelInfo
    threshold: float | None
    ordinary: OrdinaryScores | None


def _response(asked: _Asked, models: _Models) -> bytes | Exception:
    try:
        people = [_person(asked, number, models) for number in range(len(asked.wanted.sequences))]
        whole = PeopleScores(people=people) if asked.wanted.of_people else people[0]
        return msgspec.json.encode(whole)
    except Exception as err:  # told to whom it belongs; the others of the batch go on
        return err


def _person(asked: _Asked, number: int, models: _Models) -> ScoreResponse:
    result, sequence = asked.results[number], asked.wanted.sequences[number]
    model = models.of(result)
    windows = _windows(result, sequence, model.flow.card)
    worst = max((each.score for each in windows if each.score is not None), default=None)
    rarity_hours = (
        None if worst is None or model.ordinary is None else model.ordinary.rarity_hours(worst)
    )
    anomalous = None if worst is None or model.threshold is None else worst >= model.threshold
    return ScoreResponse(
        score=worst,
        threshold=model.threshold,
        anomalous=anomalous,
        rarity_hours=None if rarity_hours is None else round(rarity_hours, 2),
        windows=windows,
        kinds=_shown_kinds(asked, number),
        model=msgspec.structs.replace(model.info, provider=result.provider),
        map=(
            _explain_worst(model.flow, sequence, windows) if asked.extras.explain else msgspec.UNSET
        ),
    )


def _shown_kinds(asked: _Asked, number: int) -> list[ShownKind]:
    if not asked.extras.kinds:
        return []
    sequence = asked.wanted.sequences[number]
    kinds = asked.kinds[number] if asked.kinds else sequence_kinds(sequence.poses, sequence.fps)
    return [
        ShownKind(kind=each.kind, score=each.score, frame=each.frame, seen=each.seen)
        for each in kinds
    ]


def _windows(result: ScoreResult, sequence: PoseSequence, card: ModelCard) -> list[WindowScore]:
    last_frame, frames_per_pose = len(sequence.poses) - 1, sequence.fps / card.fps

    def frame_of(pose: int) -> int:
        """Return the request's frame at a pose at the model's rate."""
        return min(last_frame, round(pose * frames_per_pose))

    return [
        WindowScore(
            start_frame=frame_of(start),
            end_frame=frame_of(start + card.frames - 1),
            score=score,
            unscorable=reason or msgspec.UNSET,
        )
        for start, (score, reason) in enumerate(result.scores)
    ]


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
