"""The canary's film shows what its truth says, and no picture twice."""

from itertools import islice

import numpy as np
import pytest

from tracker.simulator.film.film import FALLS_AT_S, FPS, HEIGHT_PX, WIDTH_PX, Film, Shot, acted

WALKS = round(2.2 * FPS)
_NO_SHADOW = 60  # darker or lighter than any shadow makes the room


@pytest.fixture(scope="module")
def walk() -> list[Shot]:
    """The pictures until somebody is in the middle of the room."""
    return list(islice(Film().shots(), WALKS))


def _strange(shot: Shot, room: Shot) -> np.ndarray:
    return np.asarray(np.abs(shot.image.astype(int) - room.image).max(axis=2) > _NO_SHADOW)


def test_the_body_is_drawn_where_its_joints_are(walk: list[Shot]) -> None:
    """Where the picture differs from the empty room lies the body, from head to ankles."""
    rows, columns = np.nonzero(_strange(walk[-1], walk[0]))
    low, high = walk[-1].joints_px.min(axis=0), walk[-1].joints_px.max(axis=0)

    assert walk[-1].inside
    assert columns.min() == pytest.approx(low[0], abs=25)
    assert columns.max() == pytest.approx(high[0], abs=25)
    assert rows.min() == pytest.approx(low[1], abs=25)
    assert rows.max() == pytest.approx(high[1], abs=25)


def test_the_room_is_empty_at_first(walk: list[Shot]) -> None:
    """Motion needs a background: nobody is in the first half second's pictures."""
    assert not any(shot.inside for shot in walk[: round(0.5 * FPS)])
    assert _strange(walk[3], walk[0]).mean() == 0


def test_no_two_pictures_are_the_same(walk: list[Shot]) -> None:
    """A frozen picture is something else: the sensor's noise is another in every picture."""
    other = next(Film(seed=1).shots())

    assert not np.array_equal(walk[0].image, walk[1].image)
    assert not np.array_equal(walk[0].image, other.image)
    assert walk[0].image.shape == (HEIGHT_PX, WIDTH_PX, 3)


def test_the_truth_says_who_walks_and_falls() -> None:
    """The body stands until the fall begins, and lies flat at the end."""
    at_s, bodies_m = acted()
    heights_m = np.ptp(bodies_m[..., 2], axis=1)
    standing, lying = heights_m[at_s < FALLS_AT_S], heights_m[at_s > FALLS_AT_S + 1.5]

    assert standing.min() > 1.4
    assert lying.max() < 0.4
