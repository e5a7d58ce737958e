"""Which points lie inside which polygon, and which polygons are refused."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tracker.zones.polygon import EDGE, Corner, Polygons, require_polygon

SQUARE: tuple[Corner, ...] = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
# Like the letter U: a point between its arms is outside.
LETTER_U: tuple[Corner, ...] = (
    (0.1, 0.1),
    (0.3, 0.1),
    (0.3, 0.7),
    (0.7, 0.7),
    (0.7, 0.1),
    (0.9, 0.1),
    (0.9, 0.9),
    (0.1, 0.9),
)
shares = st.floats(0, 1, allow_nan=False)


@st.composite
def polygons(draw: st.DrawFn) -> tuple[Corner, ...]:
    """Draw a star-shaped polygon: corners around a middle, in the order of their angles."""
    count = draw(st.integers(3, 12))
    reaches = draw(st.lists(st.floats(0.05, 0.45), min_size=count, max_size=count))
    return tuple(
        (
            0.5 + reach * math.cos(2 * math.pi * number / count),
            0.5 + reach * math.sin(2 * math.pi * number / count),
        )
        for number, reach in enumerate(reaches)
    )


def inside(polygon: tuple[Corner, ...], *points: Corner) -> list[bool]:
    """Return which points lie in one polygon."""
    found: list[bool] = Polygons([polygon]).contain(np.array(points, float))[:, 0].tolist()
    return found


@given(polygon=polygons(), x=shares, y=shares)
def test_a_point_is_inside_where_another_implementation_says_so(
    polygon: tuple[Corner, ...], x: float, y: float
) -> None:
    """OpenCV's test agrees, but for points as near to an edge as its float32 rounds."""
    contour = np.array(polygon, np.float32).reshape(-1, 1, 2)
    distance = cv2.pointPolygonTest(contour, (x, y), True)
    assume(abs(distance) > 10 * EDGE)

    found = inside(polygon, (x, y))

    assert found == [distance > 0]


@given(polygon=polygons(), at=st.integers(0, 11), share=shares)
def test_every_point_of_every_edge_is_inside(
    polygon: tuple[Corner, ...], at: int, share: float
) -> None:
    """Zones that share an edge leave no gap between them."""
    (x0, y0), (x1, y1) = polygon[at % len(polygon)], polygon[(at + 1) % len(polygon)]

    found = inside(polygon, (x0 + share * (x1 - x0), y0 + share * (y1 - y0)))

    assert found == [True]


@given(polygon=polygons(), shift=st.integers(0, 11), x=shares, y=shares)
def test_neither_the_first_corner_nor_the_direction_matters(
    polygon: tuple[Corner, ...], shift: int, x: float, y: float
) -> None:
    """A polygon is the same from whichever corner and whichever way round it was drawn."""
    turned = (*polygon[shift % len(polygon) :], *polygon[: shift % len(polygon)])

    found = [inside(each, (x, y)) for each in (polygon, turned, polygon[::-1])]

    assert found[1:] == [found[0]] * 2


def test_a_hollow_polygon_holds_no_point_between_its_arms() -> None:
    """Polygons need not be convex."""
    assert inside(LETTER_U, (0.5, 0.3), (0.5, 0.8), (0.2, 0.3), (0.5, 0.7)) == [
        False,
        True,
        True,
        True,
    ]


def test_polygons_of_different_size_are_asked_at_once() -> None:
    """A row a point, a column a polygon."""
    found = Polygons([SQUARE, LETTER_U]).contain(np.array([(0.4, 0.4), (0.2, 0.3), (0.9, 0.9)]))

    assert found.tolist() == [[True, False], [True, True], [False, True]]


def test_a_place_that_nobody_knows_lies_nowhere() -> None:
    """Unsure is not inside."""
    assert inside(SQUARE, (math.nan, math.nan), (math.nan, 0.4)) == [False, False]


def test_no_polygon_holds_nothing() -> None:
    """A camera without zones is asked, too."""
    assert Polygons(()).contain(np.array([(0.5, 0.5)])).shape == (1, 0)


@given(polygon=polygons())
def test_plain_polygons_are_taken(polygon: tuple[Corner, ...]) -> None:
    """Corners in order around an area are never refused."""
    require_polygon(polygon)


@given(count=st.integers(4, 64), at=st.integers(0, 63))
def test_a_polygon_that_crosses_itself_is_refused(count: int, at: int) -> None:
    """Two corners in the wrong order make a bow tie."""
    turns = [2 * math.pi * number / count for number in range(count)]
    corners = [(0.5 + 0.4 * math.cos(turn), 0.5 + 0.4 * math.sin(turn)) for turn in turns]
    one, two = at % count, (at + 1) % count
    corners[one], corners[two] = corners[two], corners[one]

    with pytest.raises(ValueError, match="cross or touch"):
        require_polygon(corners)


@pytest.mark.parametrize(
    ("corners", "complaint"),
    [
        (SQUARE[:2], "has 2 corners"),
        ([(0.5, 0.5)] * 65, "has 65 corners"),
        ([*SQUARE[:3], (0.2, 1.01)], r"corner 4 is \(0.2, 1.01\)"),
        ([*SQUARE[:3], (math.nan, 0.5)], "corner 4 is"),
        ([*SQUARE, SQUARE[0]], "corner 1 repeats"),
        ([SQUARE[0], SQUARE[0], *SQUARE[1:]], "corner 2 repeats"),
        ([(0.1, 0.1), (0.9, 0.1), (0.5, 0.1)], "cross or touch"),
        ([(0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.5, 0.1 + 1e-7)], "encloses nothing"),
        ([(0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.5, 0.1), (0.1, 0.5)], "cross or touch"),
    ],
)
def test_what_is_no_polygon_is_refused(corners: list[Corner], complaint: str) -> None:
    """The text names the corners."""
    with pytest.raises(ValueError, match=complaint):
        require_polygon(corners)
