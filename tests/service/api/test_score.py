"""`POST /score`: windows, maps, several people, and clients beyond what it can serve."""

import asyncio
import dataclasses
import json
import threading
from collections.abc import Iterator, Sequence

import httpx
import pytest
from support.api import FRAMES, THRESHOLD, Service, SpeedFlow, poses
from support.score_requests import people, post
from support.waiting import PATIENCE_S, eventually

from inference.ports import FlowModel, ScoreResult
from inference.scoring import PoseSequence
from service.api.routes import readiness
from service.api.score import LocalScoring
from service.ports.scoring import Scoring
from tracker.errors import ScoringUnavailable


def test_exactly_one_window_gives_one_score(service: Service) -> None:
    """T poses at the model's rate are one window, from the first frame to the last."""
    answer = post(service, {"poses": poses(), "fps": 24})

    body = answer.json()
    assert answer.status_code == 200
    assert body["windows"] == [{"start_frame": 0, "end_frame": FRAMES - 1, "score": 0.0}]
    assert (body["score"], body["threshold"], body["anomalous"]) == (0.0, THRESHOLD, False)
    assert body["model"]["hash"] == "ab" * 32
    assert "map" not in body


def test_score_is_the_worst_window_of_every_start(service: Service) -> None:
    """There is a window at every start; the leap is in some, and the worst one counts."""
    body = post(service, {"poses": poses(60, jump_at=40), "fps": 24}).json()

    scores = [window["score"] for window in body["windows"]]
    assert [window["start_frame"] for window in body["windows"]] == list(range(60 - FRAMES + 1))
    assert body["score"] == max(scores) > THRESHOLD
    assert body["anomalous"] is True
    assert scores[0] == 0.0


def test_explain_adds_a_map_that_sums_to_the_score(service: Service) -> None:
    """The map of the worst window sums to the score and names its columns."""
    body = post(service, {"poses": poses(30, jump_at=20), "fps": 24}, explain=True).json()

    assert sum(map(sum, body["map"]["values"])) == pytest.approx(body["score"], abs=1e-4)
    assert len(body["map"]["joints"]) == len(body["map"]["values"][0]) == 18


def test_other_rates_are_resampled(service: Service) -> None:
    """Half a model's rate needs half its frames; windows are told in the request's frames."""
    body = post(service, {"poses": poses(13), "fps": 12}).json()

    assert len(body["windows"]) == 2
    assert body["windows"][0] == {"start_frame": 0, "end_frame": 12, "score": 0.0}


def test_unscorable_windows_say_why(service: Service) -> None:
    """A person who is never seen has no score, but a reason, in each window."""
    unseen = [[[0, 0, 0]] * 17] * FRAMES
    body = post(service, {"poses": unseen, "fps": 24}, explain=True).json()

    assert (body["score"], body["anomalous"], body["map"]) == (None, None, None)
    assert body["windows"][0]["score"] is None
    assert body["windows"][0]["unscorable"] == "too_few_joints"


class TestUncalibrated:
    """A model card without quantiles."""

    @pytest.fixture
    def flow(self) -> FlowModel:
        return SpeedFlow(calibrated=False)

    def test_no_quantiles_no_verdict(self, service: Service) -> None:
        """Without quantiles there is a score but neither threshold nor verdict."""
        body = post(service, {"poses": poses(), "fps": 24}).json()

        assert (body["score"], body["threshold"], body["anomalous"]) == (0.0, None, None)
        assert body["rarity_hours"] is None


def test_several_people_are_scored_in_one_call(service: Service) -> None:
    """Each has the answer that it would have alone, in the order of the request."""
    body = post(service, people(20), explain=True).json()

    standing, leaping = (
        post(service, {"poses": each, "fps": 24}, explain=True).json()
        for each in (poses(), poses(jump_at=12))
    )
    assert body["people"] == [standing] * 19 + [leaping]


def test_outcomes_are_counted(service: Service) -> None:
    """Every request counts once, by what became of it."""
    post(service, {"poses": poses(), "fps": 24})
    post(service, b"{")

    assert service.telemetry.value("score_requests_total", outcome="ok") == 1
    assert service.telemetry.value("score_requests_total", outcome="refused") == 1


class Gated(LocalScoring):
    """Scores once it may."""

    def __init__(self, flow: FlowModel) -> None:
        super().__init__(flow)
        self.gate = threading.Event()
        self.sizes: list[int] = []

    def is_instant(self) -> bool:
        return False

    def score_all(
        self, sequences: Sequence[PoseSequence], within_s: Sequence[float]
    ) -> Iterator[tuple[int, ScoreResult | Exception]]:
        assert self.gate.wait(PATIENCE_S)
        self.sizes.append(len(sequences))
        return super().score_all(sequences, within_s)


class TestManyClients:
    """More requests than can be scored at once."""

    @pytest.fixture
    def scoring(self, flow: FlowModel) -> Gated:
        return Gated(flow)

    @pytest.mark.slow
    async def test_256_connections_are_all_answered(self, service: Service, scoring: Gated) -> None:
        """Nobody gets 503: all wait, a bad one fails alone, and the others share calls."""
        good = json.dumps({"poses": poses(), "fps": 24}).encode()
        bodies = [good] * 255 + [b"{"]
        limits = httpx.Limits(max_connections=256)
        async with httpx.AsyncClient(
            base_url=service.url, timeout=PATIENCE_S, limits=limits
        ) as client:
            answers = [asyncio.create_task(client.post("/score", content=each)) for each in bodies]
            await asyncio.to_thread(
                eventually, lambda: service.telemetry.value("score_requests_waiting") >= 240
            )
            scoring.gate.set()
            statuses = [answer.status_code for answer in await asyncio.gather(*answers)]

        assert statuses == [200] * 255 + [400]
        assert len(scoring.sizes) <= 20
        assert service.telemetry.value("score_requests_total", outcome="ok") == 255


class Unavailable(Scoring):
    """Workers of whom none answers."""

    needs_workers = True
    at_once = 1

    def score_all(
        self,
        sequences: Sequence[PoseSequence],
        within_s: Sequence[float],  # noqa: ARG002 -- the port's
    ) -> Iterator[tuple[int, ScoreResult | Exception]]:
        for number, each in enumerate(sequences):
            reason = f"no worker for {len(each)} poses at {each.fps:g} fps"
            yield number, ScoringUnavailable(reason)


class TestWithoutWorkers:
    """An API that has workers score, and none of them is there."""

    @pytest.fixture
    def scoring(self) -> Scoring:
        return Unavailable()

    def test_a_request_may_be_sent_again(self, service: Service) -> None:
        """503 with Retry-After and the reason; bad requests are still told as such."""
        answer = post(service, {"poses": poses(), "fps": 24})

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["type"] == "about:blank#no-worker"
        assert "no worker for 24 poses at 24 fps" in answer.json()["detail"]
        assert post(service, {"poses": poses(3), "fps": 24}).status_code == 422
        assert service.telemetry.value("score_requests_total", outcome="no_worker") == 1

    def test_the_service_is_not_ready(self, service: Service) -> None:
        """/readyz says what is missing."""
        answer = service.http.get("/readyz")

        assert answer.status_code == 503
        assert "no worker" in answer.json()["reasons"][0]

    def test_the_configured_provider_is_the_workers(self, service: Service) -> None:
        """The API itself only explains, on the CPU, which is no fault where CUDA is configured."""
        dependencies = dataclasses.replace(service.dependencies, wanted_provider="cuda")

        state = readiness(dependencies)

        assert state.wanted_provider == "cuda"
        assert [reason for reason in state.reasons if "this API" in reason] == []
