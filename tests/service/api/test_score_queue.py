from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from service.api.score_queue import LONGEST_RETRY_S, SMALL, QueueLimits, ScoreQueue, Waiting, Wanted

LIMITS = QueueLimits(requests=8, body_bytes=1000, batch_requests=4, batch_bytes=100)


def request(client: str, size: int = 10) -> Waiting:
    """A request of this client and so many bytes."""
    return Waiting(client, b"x" * size, Wanted(), until_s=5.0, respond=lambda _: None)


def clients(batch: list[Waiting]) -> str:
    """Who was taken, in order, a letter each."""
    return "".join(each.client for each in batch)


def taken(queue: ScoreQueue) -> Iterator[list[Waiting]]:
    """Every batch until nothing waits."""
    while batch := queue.take():
        yield batch


def test_one_client_is_served_in_order() -> None:
    """First come, first served; a batch has at most its number."""
    queue = ScoreQueue(LIMITS)
    requests = [request("a") for _ in range(6)]
    for each in requests:
        assert queue.put(each) == []

    assert list(taken(queue)) == [requests[:4], requests[4:]]
    assert len(queue) == 0


def test_a_batch_has_a_bound_in_bytes_and_at_least_one() -> None:
    """What does not fit waits for the next batch; what never fits is a batch of its own."""
    queue = ScoreQueue(LIMITS)
    for size in (60, 60, 150, 10):
        queue.put(request("a", size))

    assert [[len(each.body) for each in batch] for batch in taken(queue)] == [
        [60],
        [60],
        [150],
        [10],
    ]


def test_clients_take_turns_by_bytes() -> None:
    """Seven requests of one client delay another's two by one turn each; large ones count more."""
    queue = ScoreQueue(replace(LIMITS, requests=99, batch_requests=99))
    for _ in range(7):
        queue.put(request("a"))
    for _ in range(2):
        queue.put(request("b"))
    queue.put(request("c", 40))
    queue.put(request("c", 10))

    assert clients([each for batch in taken(queue) for each in batch]) == "abcabaaacaa"


def test_a_client_with_one_connection_does_not_begin_anew_each_time() -> None:
    """Sending only when the last one is answered wins no turns: what was scored still counts."""
    queue = ScoreQueue(replace(LIMITS, batch_requests=1))
    order = ""
    for client, size in (("a", 50), ("b", 10), ("b", 10)):
        queue.put(request(client, size))
    for _ in range(8):
        (first,) = queue.take()
        order += first.client
        queue.put(request(first.client, len(first.body)))

    assert order == "abbbbbba"


def test_turns_in_advance_end_with_the_queue() -> None:
    """Whoever had the machine alone owes nothing to one who comes later to an idle one."""
    queue = ScoreQueue(LIMITS)
    queue.put(request("a", 90))
    queue.take()
    queue.put(request("a"))
    queue.put(request("b"))

    assert clients(queue.take()) == "ab"


@pytest.mark.parametrize(("size", "fits"), [(10, 8), (400, 2)])
def test_a_full_queue_refuses_the_flood(size: int, fits: int) -> None:
    """By number or bytes: the client with the most waiting gives way to the others."""
    queue = ScoreQueue(LIMITS)
    flood = [request("a", size) for _ in range(fits + 1)]
    refused = [gone for each in flood for gone in queue.put(each)]
    assert refused == [flood[-1]]

    newcomer = request("b", size)
    assert queue.put(newcomer) == [flood[fits - 1]]

    assert len(queue) == fits
    assert newcomer in [each for batch in taken(queue) for each in batch]


def test_removed_requests_leave_nothing() -> None:
    """One whose client has left is not taken, and cannot be removed twice."""
    queue = ScoreQueue(LIMITS)
    first, second = request("a"), request("a")
    queue.put(first)
    queue.put(second)

    assert queue.remove(first)
    assert not queue.remove(first)
    assert queue.take() == [second]
    assert not queue.remove(second)


def test_retry_after_follows_the_queue() -> None:
    """It is the time that what waits takes at the pace of the last batches."""
    queue = ScoreQueue(replace(LIMITS, body_bytes=10_000))
    assert queue.retry_after_s() == 1

    queue.scored(100, 2.0)
    assert queue.retry_after_s() == 1
    queue.put(request("a", 300))
    assert queue.retry_after_s() == 6
    queue.put(request("a", 200))
    assert queue.retry_after_s() == 10
    for _ in range(40):
        queue.scored(100, 0.2)
    assert queue.retry_after_s() == 2
    queue.put(request("a", 9000))
    queue.scored(1, 100.0)
    assert queue.retry_after_s() == LONGEST_RETRY_S


def test_memory_of_clients_is_bounded() -> None:
    """A queue that is never empty forgets clients who are gone."""
    queue = ScoreQueue(LIMITS)
    queue.put(request("slow", 99))
    queue.put(request("slow", 99))
    for number in range(200):
        queue.put(request(f"c{number}", 1))
        queue.take()
        queue.put(request("slow", 99))

    known = cast(Any, queue)._turns
    assert len(known) <= 2 * LIMITS.requests + 1


def test_the_bounds_admit_what_is_promised() -> None:
    """256 connections with an ordinary body of 9 KB wait without a refusal."""
    queue = ScoreQueue(SMALL)

    assert [gone for _ in range(256) for gone in queue.put(request("a", 9_427))] == []
