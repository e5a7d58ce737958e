"""The bench of many clients: who may see what, and what its figures say."""

import json
from dataclasses import asdict

from export.bench.site.subscriber_clients import Arrivals
from export.bench.site.subscribers import Group, figures_of, groups_of

CAMERAS = [f"c{number}" for number in range(32)]
OPENED = '{"id":"1000-0","type":"opened","alert":{"id":"a","camera":"c1"}}'


def test_clients_have_different_rights() -> None:
    """All of them are in a group; one in eight groups sees all cameras, the others four."""
    groups = groups_of(CAMERAS, 16, 1000)

    assert sum(group.clients for group in groups) == 1000
    assert [group.name for group in groups if group.cameras is None] == ["g0", "g8"]
    assert {len(group.cameras) for group in groups if group.cameras is not None} == {4}
    assert len({group.cameras for group in groups}) > 6
    assert groups_of(["c0"], 3, 2) == [
        Group(name="g0", cameras=None, clients=1),
        Group(name="g1", cameras=("c0",), clients=1),
    ]


def test_only_opened_alerts_are_timed() -> None:
    """Other messages are counted; the last client to get one says when."""
    found = Arrivals()
    found.add(OPENED, 1.1)
    found.add(OPENED, 1.2)
    found.add(OPENED.replace("opened", "updated"), 9.0)

    assert found == Arrivals({"1000-0": "c1"}, {"1000-0": 2}, {"1000-0": 1.2}, 3)
    assert Arrivals(**json.loads(json.dumps(asdict(found)))) == found


def test_figures_count_what_never_came_and_what_nobody_may_see() -> None:
    """Of three clients that may see it one got nothing; one that may not got it."""
    groups = [
        Group(name="g0", cameras=None, clients=2),
        Group(name="g1", cameras=("c1",), clients=1),
        Group(name="g2", cameras=("c2",), clients=4),
    ]
    arrivals = [Arrivals() for _ in groups]
    for place in (0, 1, 2):
        arrivals[place].add(OPENED, 1.0 + place / 10)

    arrivals[0].add(OPENED.replace("1000-0", "99-0"), 1.0)  # before all were connected

    figures = figures_of(groups, arrivals, 0.5, 2.0)

    assert (figures["clients"], figures["opened_alerts"], figures["messages"]) == (7, 1, 4)
    assert (figures["not_delivered"], figures["delivered_without_right"]) == (1, 1)
    assert figures["to_last_client_ms"] == {"p50": 200.0, "p95": 200.0, "max": 200.0}
