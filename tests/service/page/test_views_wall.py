"""Where the cameras of a wall stand; without a browser, which would take minutes for all."""

import json
from typing import Any

import numpy as np
from support.page_scripts import imported, said_by_node

GAP_PX = 8
SIZES = [(760, 820), (1148, 820)]

# Each wall of one to 64 cameras, of which none to six have an open alert.
WALLS = (
    imported("wallLayout", "views/wall_layout.js")
    + """
const all = [];
for (const [width, height] of %s)
  for (let count = 1; count <= 64; count += 1)
    for (let raised = 0; raised <= Math.min(count, 6); raised += 1)
      all.push({ count, raised, width, height, ...wallLayout(count, raised, { width, height }) });
console.log(JSON.stringify(all));
"""
)
NARROW = (
    imported("wallLayout", "views/wall_layout.js")
    + """
const counts = Array.from({ length: 64 }, (_, i) => i + 1);
const sizes = [344, 600, 1000].map((width) => ({ width, height: 150 }));
const walls = sizes.flatMap((size) => counts.map((count) => wallLayout(count, 2, size)));
console.log(JSON.stringify(walls));
"""
)


def covered_px(wall: dict[str, Any]) -> int:
    """Return the area of all places, each with the gaps to its right and below."""
    return sum((each["width"] + GAP_PX) * (each["height"] + GAP_PX) for each in wall["places"])


def are_apart(places: list[dict[str, int]]) -> bool:
    """Return whether no two places touch."""
    sides = ("left", "top", "width", "height")
    left, top, width, height = np.array([[each[side] for side in sides] for each in places]).T
    beside = (left[:, None] >= (left + width)[None]) | (left[None] >= (left + width)[:, None])
    above = (top[:, None] >= (top + height)[None]) | (top[None] >= (top + height)[:, None])
    return bool((beside | above | np.eye(len(places), dtype=bool)).all())


def test_no_place_of_a_wall_is_empty() -> None:
    """Cameras cover the whole wall, apart from each other; those with an open alert are largest."""
    walls: Any = said_by_node(WALLS % json.dumps(SIZES))

    assert len(walls) == len(SIZES) * sum(1 + min(count, 6) for count in range(1, 65))
    for wall in walls:
        about = {key: wall[key] for key in ("count", "raised", "width", "height")}
        count, raised, places = wall["count"], wall["raised"], wall["places"]
        assert len(places) == count, about
        assert covered_px(wall) == (wall["width"] + GAP_PX) * (wall["height"] + GAP_PX), about
        assert min(each["left"] for each in places) == 0, about
        assert max(each["left"] + each["width"] for each in places) == wall["width"], about
        assert are_apart(places), about
        assert wall["grows"] == (0 < raised < count and count > 2), about
        areas = [each["width"] * each["height"] for each in places]
        assert not wall["grows"] or min(areas[:raised]) > max(areas[raised:]), about


def test_rows_of_a_wall_that_scrolls_are_full() -> None:
    """The twelve parts of each row are taken; rows with fewer cameras come first."""
    walls: Any = said_by_node(NARROW)

    for wall in walls:
        spans = wall["spans"]
        assert sum(spans) % 12 == 0
        assert spans == sorted(spans, reverse=True)
        assert wall["places"] is None
        filled = 0
        for span in spans:
            filled += span
            assert filled <= 12 or filled % 12 >= span or filled % 12 == 0
            filled %= 12
        assert filled == 0
