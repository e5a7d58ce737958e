"""Which windows are scored together, alone, or no more."""

import numpy as np

from inference.ports import Claim
from service.adapters.redis.poison_policy import ALONE_FROM, MOST_DELIVERIES, Quarantine, judge
from tracker.types import PersonId, Window


def _claim(number: int) -> Claim:
    window = Window(PersonId("gate", "s", 1), number, 0.0, np.zeros((24, 17, 3), np.float32))
    return Claim(f"{number}-0", window)


def test_claims_are_sorted_by_their_deliveries() -> None:
    """Below the first bound together, up to the second one alone, beyond it given up."""
    claims = [_claim(number) for number in range(1, 8)]

    verdict = judge(claims, {claim.reference: claim.window.last_seq for claim in claims})

    assert (ALONE_FROM, MOST_DELIVERIES) == (3, 5)
    assert verdict.together == claims[:2]
    assert verdict.alone == [(claims[2], 3), (claims[3], 4), (claims[4], 5)]
    assert verdict.given_up == claims[5:]


def test_the_quarantine_gives_one_claim_at_a_time() -> None:
    """In the order they came, each with its own number of deliveries."""
    first, second = _claim(1), _claim(2)
    quarantine = Quarantine()
    quarantine.add([(first, 3), (second, 4)])

    assert [quarantine.next(), quarantine.next()] == [(first, 3), (second, 4)]
    assert not quarantine
