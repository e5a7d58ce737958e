"""For how many stretches each kept one stands."""

import numpy as np
from support.stretches import DAY, stretch

from inference.stretches.weights import weighted


def test_near_ones_stand_for_themselves_the_sample_for_the_rest() -> None:
    """By camera and hour; an hour without a sample is said to be unseen."""
    kept = [(stretch(1), False), (stretch(2), True), (stretch(3), True)]
    elsewhere = [(stretch(4, camera="yard"), True)]
    hour = int(DAY // 3600)
    sample = weighted(
        kept + elsewhere, {("gate", hour): 21, ("yard", hour): 3, ("yard", hour + 1): 5}
    )

    weights = {
        int(each.stretch.person.rpartition("/")[2]): each.weight for each in sample.stretches
    }
    assert weights == {1: 1.0, 2: 10.0, 3: 10.0, 4: 3.0}
    assert (sample.seen, sample.unseen, sample.heaviest) == (29, 5, 10.0)


def test_more_kept_than_counted_stand_for_themselves() -> None:
    """A process may die before it has written its counts."""
    sample = weighted([(stretch(1), True), (stretch(2), True)], {})

    assert [each.weight for each in sample.stretches] == [1.0, 1.0]


def test_on_average_the_sample_tells_the_truth() -> None:
    """However the nearest are kept besides: the estimate of how many lie above is unbiased."""
    rng = np.random.default_rng(2)
    scores = rng.normal(1.0, 0.4, 60)
    estimates = []
    for _ in range(300):
        priorities = rng.permutation(60)
        near = set(np.argsort(scores)[-5:].tolist())
        drawn = set(np.argsort(priorities)[:8].tolist())
        kept = [(stretch(n, score=float(scores[n])), n not in near) for n in sorted(near | drawn)]
        sample = weighted(kept, {("gate", int(DAY // 3600)): 60})
        estimates.append(
            sum(each.weight for each in sample.stretches if each.stretch.held[0].score >= 1.2)
        )

    truth = float((scores >= 1.2).sum())
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - truth) < 4 * error
