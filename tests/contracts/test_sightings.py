"""Views that are kept for drawing zones, over every store."""

from dataclasses import replace

from support.stores import Stores
from support.zone_views import Body, view_of


def test_the_newest_views_are_kept(road: Stores) -> None:
    """Newest first, no more than the bound, each camera's own."""
    store = road.sightings(bound=3)
    views = [view_of(frame, {1: Body(feet=(0.5, 0.5))}) for frame in range(5)]
    for view in views:
        store.add(view)
    store.add(replace(views[0], camera="yard"))

    assert [view.seq for view in store.newest("gate")] == [4, 3, 2]
    assert [view.camera for view in store.newest("yard")] == ["yard"]
    assert store.newest("nowhere") == []
    joints = store.newest("gate")[0].tracks[0].pose.joints
    assert joints.tolist() == views[4].tracks[0].pose.joints.tolist()
