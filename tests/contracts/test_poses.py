"""The newest views that show people, for the loop that archives poses."""

import numpy as np
from support.stores import Stores

from tracker.types import FrameView, PersonId, Pose, Track


def view(seq: int, *numbers: int, camera: str = "gate") -> FrameView:
    """A frame with these people."""
    pose = Pose(np.full((17, 3), seq, np.float32), np.zeros(4, np.float32))
    tracks = tuple(Track(PersonId(camera, "s", each), seq, float(seq), pose) for each in numbers)
    return FrameView(camera, "s", seq, float(seq), 640, 480, tracks)


def test_views_with_people_are_read_in_their_order(road: Stores) -> None:
    """After an id only the later ones come; cameras do not mix; an empty street leaves nothing."""
    store, feed = road.window_store(frames=2), road.pose_feed()
    before = (feed.read("gate", "0-0"), feed.oldest("gate"))
    for seq, numbers in enumerate(((1, 2), (), (2,))):
        store.push(view(seq, *numbers), [])
    store.push(view(9, 1, camera="yard"), [])

    found = feed.read("gate", "0-0")
    assert before == ([], None)
    assert [[track.person.number for track in one.tracks] for _, one in found] == [[1, 2], [2]]
    assert found[1][1].tracks[0].pose.joints[0, 0] == 2.0
    assert feed.oldest("gate") == found[0][0]
    assert [each[0] for each in feed.read("gate", found[0][0])] == [found[1][0]]
    assert [one.seq for _, one in feed.read("yard", "0-0")] == [9]
