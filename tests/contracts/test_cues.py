"""Cues travel from the camera to the alert rule, in memory as through Redis."""

from dataclasses import replace

from support.cue_maker import LYING, STANDING, frames
from support.stores import Stores

from tracker.types import FrameCues, FrameView


def _view(cues: FrameCues) -> FrameView:
    return FrameView(cues.camera, cues.session, cues.seq, cues.at, 640, 480, ())


def test_cues_are_read_once_in_the_order_of_capture(road: Stores) -> None:
    """Whoever reads after the last entry gets the new ones alone; cameras do not mix."""
    shown = frames(STANDING, LYING, LYING)
    store, feed = road.window_store(frames=1), road.cue_feed()
    for cues in shown[:2]:
        store.push(_view(cues), [], cues)
    other = replace(shown[0], camera="yard")
    store.push(_view(other), [], other)

    found = feed.read({"gate": "0", "yard": "0"})
    store.push(_view(shown[2]), [], shown[2])
    later = feed.read({"gate": found["gate"][-1][0], "yard": found["yard"][-1][0]})

    assert [cues.seq for _, cues in found["gate"]] == [0, 1]
    assert [cues.camera for _, cues in found["yard"]] == ["yard"]
    assert [cues.seq for _, cues in later["gate"]] == [2]
    assert "yard" not in later


def test_a_frame_without_people_leaves_no_cues(road: Stores) -> None:
    """An empty street costs nothing on the way."""
    (empty,) = frames(None)
    road.window_store(frames=1).push(_view(empty), [], empty)

    assert road.cue_feed().read({"gate": "0"}) == {}
