import time
from itertools import pairwise

import msgspec
from support.api import Service, alert, opened
from support.stretches import held, stretch, windows

from inference.stretches.stretch import Stretch
from inference.types import AlertEvent
from service.api.alert_scores import MOST_POINTS
from service.ports.stretches import KeptStretch, StretchBounds


def keep(service: Service, *stretches: Stretch) -> None:
    """Keep stretches of somebody."""
    kept = [KeptStretch(stretch=each, sampled=True, near=False) for each in stretches]
    service.dependencies.stretches.put(kept, StretchBounds(per_hour=1000))


def test_scores_of_an_episode_stand_in_the_order_of_time(service: Service) -> None:
    """By window, each once, with the threshold that held; by ten seconds those of other kinds."""
    now = time.time() // 10 * 10
    begun = msgspec.structs.replace(
        alert(1), opened_at=now, updated_at=now + 12, closed_at=now + 12
    )
    service.alerts.put(AlertEvent(type="closed", alert=begun), None)
    first = stretch(1, now, 0.5, 2.5, 1.0, alert=begun.id)
    first = msgspec.structs.replace(
        first, person=begun.person, held=(held(2.5, threshold=2.0), held(1.4, "fall", 1.0))
    )
    leads = (*first.windows[-1:], *windows(now + 10.0, 0.7, 0.8))
    after = msgspec.structs.replace(
        stretch(2, now + 10, alert=begun.id), person=begun.person, windows=leads
    )
    elsewhere = stretch(9, now)
    keep(service, after, first, elsewhere)

    told = service.http.get(f"/alerts/{begun.id}/scores").json()

    points = told["points"]
    assert [each["score"] for each in points] == [0.5, 2.5, 1.0, 0.7, 0.8]
    assert all(one["at"] < other["at"] for one, other in pairwise(points))
    assert points[0]["threshold"] == 2.0
    assert [(each["kind"], each["score"]) for each in told["held"]][:2] == [
        ("movement", 2.5),
        ("fall", 1.4),
    ]


def test_long_episodes_are_thinned_to_their_heights(service: Service) -> None:
    """As many points as a screen shows, and the highest of all is among them."""
    now = time.time() // 10 * 10
    begun = msgspec.structs.replace(alert(1), opened_at=now, updated_at=now)
    service.alerts.put(AlertEvent(type="opened", alert=begun), None)
    nlls = [1.0] * (MOST_POINTS + 300)
    nlls[777] = 9.0
    long = stretch(1, now, *nlls, alert=begun.id)
    keep(service, msgspec.structs.replace(long, person=begun.person))

    points = service.http.get(f"/alerts/{begun.id}/scores").json()["points"]

    assert MOST_POINTS / 2 < len(points) <= MOST_POINTS
    assert max(each["score"] for each in points) == 9.0


def test_without_kept_scores_there_are_none(service: Service) -> None:
    """An alert whose stretches were not kept; one that is not there is 404."""
    service.alerts.put(opened(1), None)

    answers = [service.http.get(f"/alerts/{name}/scores") for name in ("alert-1", "alert-2")]

    assert [answer.status_code for answer in answers] == [200, 404]
    assert (answers[0].json()["points"], answers[0].json()["held"]) == ([], [])
