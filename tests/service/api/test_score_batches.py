"""Batches of requests, over a scorer that the test lets go on."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from support.score_batches import BODY, LARGE_BODY, Scorer, ask, left, stays
from support.waiting import PATIENCE_S

from service.api.problems import Problem
from service.api.score_batches import SHORT_S, ScoreBatches
from service.api.score_queue import SMALL, Wanted
from tracker.errors import StoreUnavailable
from tracker.memory_telemetry import InMemoryTelemetry


@pytest.fixture
def scorer() -> Scorer:
    """One that waits for the test."""
    return Scorer()


@pytest.fixture
def telemetry() -> InMemoryTelemetry:
    """Shows how many wait."""
    return InMemoryTelemetry()


@pytest.fixture
async def batches(scorer: Scorer, telemetry: InMemoryTelemetry) -> AsyncIterator[ScoreBatches]:
    """One thread for small requests, one for large ones; time stands still."""
    batches = ScoreBatches(
        scorer.score,
        at_once=1,
        telemetry=telemetry,
        within_s=5.0,
        limits=replace(SMALL, requests=300),
        clock=lambda: scorer.now_s,
    )
    yield batches
    scorer.let_go()
    await batches.close()


async def test_256_wait_for_their_turn_and_all_are_answered(
    batches: ScoreBatches, scorer: Scorer, telemetry: InMemoryTelemetry
) -> None:
    """Nobody is refused while the first is scored, however long that is; batches then grow."""
    tasks = await ask(batches, 256)
    assert telemetry.value("score_requests_waiting") == 255

    scorer.let_go()
    answers = await asyncio.gather(*tasks)

    assert answers == [b"x"] * 256
    assert scorer.sizes == [1, *[32] * 7, 31]
    assert telemetry.value("score_requests_waiting") == 0


async def test_a_request_that_is_alone_does_not_wait_for_others(
    batches: ScoreBatches, scorer: Scorer
) -> None:
    """No time is spent on gathering a batch, and the scorer learns how long it has."""
    scorer.let_go()

    (task,) = await ask(batches, 1)

    assert await task == b"x"
    assert (scorer.sizes, scorer.left_s) == ([1], [5.0])


async def test_the_deadline_ends_the_wait(
    batches: ScoreBatches, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits too long gets 503 with a time to come again; who is being scored is answered."""
    monkeypatch.setattr("service.api.score_batches.LOOK_EVERY_S", 0.01)
    first, late = await ask(batches, 2)
    scorer.now_s = 5.0

    with pytest.raises(Problem, match="no turn came within 5 s") as refusal:
        await late
    scorer.let_go()

    assert (refusal.value.status, refusal.value.kind) == (503, "expired")
    assert refusal.value.response().headers["retry-after"] == "1"
    assert await first == b"x"
    assert scorer.sizes == [1]


async def test_who_is_late_when_the_turn_comes_is_not_scored(
    batches: ScoreBatches, scorer: Scorer
) -> None:
    """The scorer's time goes to those who still wait."""
    first, late = await ask(batches, 2)
    scorer.now_s = 4.0
    (in_time,) = await ask(batches, 1)
    scorer.now_s = 6.0
    scorer.let_go()

    assert [await first, await in_time] == [b"x", b"x"]
    with pytest.raises(Problem, match="no turn"):
        await late
    assert sum(scorer.sizes) == 2


async def test_a_client_that_left_is_not_scored(
    batches: ScoreBatches, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its request goes, and makes room."""
    monkeypatch.setattr("service.api.score_batches.LOOK_EVERY_S", 0.01)
    (first,) = await ask(batches, 1)
    gone = asyncio.create_task(batches.response("b", BODY, Wanted(), left))

    with pytest.raises(Problem, match="has left"):
        await gone
    scorer.let_go()

    assert await first == b"x"
    assert scorer.sizes == [1]


async def test_a_client_that_left_is_looked_for_without_a_task(
    batches: ScoreBatches, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request of one who handed it in, and awaits nothing, goes just so; it is told once."""
    monkeypatch.setattr("service.api.score_batches.LOOK_EVERY_S", 0.01)
    (first,) = await ask(batches, 1)
    told: asyncio.Future[bytes | Exception] = asyncio.get_running_loop().create_future()
    batches.submit("b", BODY, Wanted(), told.set_result, lambda: True)
    outcome = await told
    scorer.let_go()

    assert await first == b"x"
    assert str(outcome) == "the client has left"
    assert scorer.sizes == [1]


async def test_a_full_queue_refuses_the_flood_with_a_time(
    batches: ScoreBatches, scorer: Scorer
) -> None:
    """Its last gets 503 at once, and Retry-After is what the queue needs at its pace."""
    batches._small.queue.scored(100, 0.1)
    flood = await ask(batches, 301)
    (other,) = await ask(batches, 1, client="b")

    with pytest.raises(Problem, match="too many requests wait") as refusal:
        await flood[-1]
    scorer.let_go()

    assert (refusal.value.status, refusal.value.kind) == (503, "busy")
    seconds = refusal.value.response().headers["retry-after"]
    assert seconds == "30"  # 300 × 100 bytes, 1 ms each
    assert await other == b"x"
    assert await asyncio.gather(*flood[:-1]) == [b"x"] * 300


async def test_a_large_request_delays_no_other(batches: ScoreBatches, scorer: Scorer) -> None:
    """It is scored on a thread of its own, one at a time."""
    large = await ask(batches, 2, body=LARGE_BODY)
    small = await ask(batches, 3)

    scorer.gates[False].set()
    assert await asyncio.gather(*small) == [b"x"] * 3
    assert not any(task.done() for task in large)
    scorer.let_go()

    assert await asyncio.gather(*large) == [b"x"] * 2


async def test_a_failure_reaches_all_who_were_not_answered(
    batches: ScoreBatches, scorer: Scorer
) -> None:
    """Those of the batch get the reason, and the next batch is scored."""
    (first,) = await ask(batches, 1)
    tasks = await ask(batches, 3)
    scorer.failure = StoreUnavailable("gone")
    scorer.let_go()
    answers = await asyncio.gather(first, *tasks, return_exceptions=True)
    scorer.failure = None

    assert answers[:2] == [b"x", b"x"]
    assert [type(answer) for answer in answers[2:]] == [StoreUnavailable, StoreUnavailable]
    assert await asyncio.gather(*await ask(batches, 2)) == [b"x"] * 2


class TestInstantScoring:
    """Scoring that waits for nobody."""

    @pytest.fixture
    async def batches(
        self, scorer: Scorer, telemetry: InMemoryTelemetry
    ) -> AsyncIterator[ScoreBatches]:
        """What a byte takes is known: next to nothing."""
        scorer.let_go()
        batches = ScoreBatches(
            scorer.score,
            at_once=1,
            telemetry=telemetry,
            within_s=PATIENCE_S,
            is_instant=lambda: scorer.failure is None,
        )
        batches._small.cpu_s = 0.0
        yield batches
        await batches.close()

    async def test_what_comes_together_is_scored_together_and_here(
        self, batches: ScoreBatches, scorer: Scorer
    ) -> None:
        """One batch for all that wait, on the event loop's own thread."""
        answers = await asyncio.gather(*await ask(batches, 40))

        assert answers == [b"x"] * 40
        assert scorer.sizes == [32, 8]
        assert set(scorer.threads) == {threading.get_ident()}

    async def test_the_first_batch_shows_on_a_thread_what_it_takes(
        self, batches: ScoreBatches, scorer: Scorer
    ) -> None:
        """Nobody else waits for scores of which nothing is known."""
        batches._small.cpu_s = None

        for _ in range(2):
            await asyncio.gather(*await ask(batches, 1))

        assert batches._small.cpu_s is not None
        assert scorer.threads[0] != threading.get_ident()

    async def test_long_batches_and_explanations_are_scored_on_a_thread(
        self, batches: ScoreBatches, scorer: Scorer
    ) -> None:
        """The event loop goes on answering others meanwhile."""
        await batches.response("a", BODY, Wanted(explain=True), stays)
        batches._small.cpu_s = SHORT_S
        await batches.response("a", BODY, Wanted(), stays)

        assert scorer.sizes == [1, 1]
        assert threading.get_ident() not in scorer.threads

    async def test_scoring_that_has_to_wait_goes_to_a_thread(
        self, batches: ScoreBatches, scorer: Scorer
    ) -> None:
        """It may be instant at one moment and not at the next."""
        scorer.failure = StoreUnavailable("gone")
        answers = await asyncio.gather(*await ask(batches, 2), return_exceptions=True)

        assert answers[0] == b"x"
        assert threading.get_ident() not in scorer.threads

    async def test_a_failure_here_reaches_all_who_were_not_answered(
        self, batches: ScoreBatches, scorer: Scorer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It ends neither the event loop nor the next batch."""
        monkeypatch.setattr(batches, "_is_instant", lambda: True)
        scorer.failure = ZeroDivisionError()
        answers = await asyncio.gather(*await ask(batches, 3), return_exceptions=True)
        scorer.failure = None

        assert answers[0] == b"x"
        assert [type(each) for each in answers[1:]] == [ZeroDivisionError] * 2
        assert await asyncio.gather(*await ask(batches, 1)) == [b"x"]
