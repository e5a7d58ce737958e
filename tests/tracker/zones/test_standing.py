"""Where people stand, and when nobody knows it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.zone_views import ANKLES, HEIGHT_PX, HIPS, WIDTH_PX, Body, view_of

from tracker.zones.standing import (
    WINDOW_S,
    StandingHistory,
    lying_places,
    mean_place,
    standing_places,
)

SIZE_PX = (WIDTH_PX, HEIGHT_PX)
shares = st.floats(0.1, 0.9)


def in_px(body: Body) -> list[float]:
    """Return where a body stands in a single frame, px."""
    found: list[float] = standing_places(body.pose().joints[None])[0].tolist()
    return found


@given(x=shares, y=shares, size=st.floats(0.5, 4))
def test_the_middle_of_the_ankles_is_where_somebody_stands(x: float, y: float, size: float) -> None:
    """Whatever their size and place."""
    found = in_px(Body(feet=(x, y), size=size))

    assert found == pytest.approx([x * WIDTH_PX, y * HEIGHT_PX], abs=0.01)


def test_one_ankle_is_enough() -> None:
    """Legs hide each other; half a step is no other place."""
    found = in_px(Body(feet=(0.5, 0.5), unseen=(15,)))

    assert found == pytest.approx([313, 240], abs=0.1)


def test_hips_are_projected_where_ankles_are_unseen() -> None:
    """By the length of the trunk, straight down: within a tenth of the body."""
    found = in_px(Body(feet=(0.5, 0.5), unseen=ANKLES))

    assert found == pytest.approx([320, 240], abs=10)


@pytest.mark.parametrize(
    "body",
    [
        Body(feet=(0.5, 0.5), unseen=(*ANKLES, *HIPS)),
        Body(feet=(0.5, 0.5), unseen=ANKLES, fallen=0.8),
        Body(feet=(0.5, 0.5), unseen=range(17)),
    ],
    ids=["no hips", "bent", "box alone"],
)
def test_where_somebody_stands_is_never_guessed(body: Body) -> None:
    """Hips that are unseen or not above the feet tell nothing."""
    assert np.isnan(in_px(body)).all()


def test_the_place_is_the_mean_over_a_second() -> None:
    """A foot that swings or a joint that jumps moves nobody into another zone."""
    history = StandingHistory()
    for frame in range(45):
        x = 0.2 if frame % 3 else 0.5
        view = view_of(frame, {1: Body(feet=(x, 0.5))})
        place = history.add(view.at, view.tracks, SIZE_PX)

    assert place[0] == pytest.approx((0.3, 0.5), abs=1e-4)


@given(
    feet=st.lists(st.tuples(shares, shares, st.booleans()), min_size=1, max_size=40),
    fps=st.sampled_from([5.0, 12.5, 30.0]),
)
def test_the_table_says_what_a_plain_mean_says(
    feet: list[tuple[float, float, bool]], fps: float
) -> None:
    """One sum for everybody is the mean of each one's known places within the window."""
    history, other = StandingHistory(), Body(feet=(0.9, 0.9))
    for frame, (x, y, seen) in enumerate(feet):
        own = Body(feet=(x, y), unseen=() if seen else range(17))
        view = view_of(frame, {7: own, 3: other} if frame % 2 else {7: own})
        found = history.add(frame / fps, view.tracks, SIZE_PX)[0]

    window = feet[-math.ceil(WINDOW_S * fps) :]
    known = [(x, y) for x, y, seen in window if seen]
    if 2 * len(known) < len(window):
        assert np.isnan(found).all()
    else:
        assert found == pytest.approx(np.mean(known, axis=0), abs=1e-4)


def test_somebody_is_unsure_when_most_frames_show_neither_ankles_nor_hips() -> None:
    """And sure again once half of a second's frames show them."""
    history, unsure = StandingHistory(), []
    for frame in range(60):
        unseen = range(17) if 15 <= frame < 40 else ()
        view = view_of(frame, {1: Body(feet=(0.4, 0.4), unseen=unseen)})
        place = history.add(view.at, view.tracks, SIZE_PX)
        unsure.append(bool(np.isnan(place).any()))

    assert unsure == [22 <= frame < 47 for frame in range(60)]


def test_who_stands_beyond_the_edge_stands_at_the_edge() -> None:
    """Feet below the picture: a zone drawn down to its edge holds them."""
    history = StandingHistory()
    view = view_of(0, {1: Body(feet=(0.5, 1.1), unseen=ANKLES)})

    place = history.add(view.at, view.tracks, SIZE_PX)

    assert place[0] == pytest.approx((0.5, 1.0), abs=0.01)


def test_many_people_come_and_go() -> None:
    """The table grows with the crowd, and nobody inherits another's places."""
    history = StandingHistory()
    for frame in range(120):
        people = {
            number: Body(feet=(0.1 + number % 50 / 100, 0.5)) for number in range(frame, frame + 30)
        }
        view = view_of(frame, people)
        places = history.add(view.at, view.tracks, SIZE_PX)

        assert places[:, 0] == pytest.approx([body.feet[0] for body in people.values()], abs=1e-4)


def test_a_mean_over_a_recorded_window_follows_the_same_rule() -> None:
    """What is previewed is what is decided."""
    seen, unseen = Body(feet=(0.5, 0.5)).pose().joints, Body(feet=(0, 0), unseen=range(17))
    blind = unseen.pose().joints

    assert mean_place(np.stack([seen, seen, blind])) == pytest.approx([320, 240], abs=0.1)
    assert np.isnan(mean_place(np.stack([seen, blind, blind]))).all()
    assert np.isnan(mean_place(np.empty((0, 17, 3), np.float32))).all()


def test_somebody_lies_where_their_hips_are() -> None:
    """The middle of the body, not its feet."""
    joints = Body(feet=(0.5, 0.5), fallen=1.0).pose().joints

    assert lying_places(joints[None])[0] == pytest.approx([320 + 48, 240], abs=1)
