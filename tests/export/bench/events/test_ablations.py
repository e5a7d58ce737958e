"""The shipped rule without a part."""

import pytest

from export.bench.events.ablations import (
    CAMERA_PARTS,
    PARTS,
    CameraPart,
    check_parts,
    sight_without,
    without,
)
from export.bench.events.live_rule import LiveRule
from inference.rarity import ordinary_scores
from tracker.errors import ConfigError
from tracker.options import WindowOptions
from tracker.pose.blazepose import Sight

ORDINARY = ordinary_scores({"0.5": 0.0, "0.95": 1.6, "0.99": 2.3, "0.999": 3.1})
RULE = LiveRule(2.0, WindowOptions(), ordinary=ORDINARY)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_changes_the_rule(part: str) -> None:
    """Leaving it out twice changes nothing more."""
    less = without(RULE, [part])

    assert less != RULE
    assert without(less, [part]) == less


def test_a_kind_left_out_raises_no_alert() -> None:
    """The others stay."""
    assert set(RULE.kinds.enabled) - set(without(RULE, ["fall"]).kinds.enabled) == {"fall"}


def test_an_unknown_part_is_refused() -> None:
    """The known ones are listed."""
    with pytest.raises(ConfigError, match="--without legs: there is no such part; jump_gate"):
        check_parts(["legs"])
    check_parts([*PARTS, *CAMERA_PARTS])


@pytest.mark.parametrize("part", CAMERA_PARTS)
def test_a_part_of_the_camera_changes_what_it_sees_and_no_rule(part: CameraPart) -> None:
    """The others stay."""
    assert without(RULE, [part]) == RULE
    known = {"sparing": Sight(look_every_s=0.0), "lite": Sight(lite_below_px=0.0)}
    left_out = known.get(part) or Sight(**{part: False})
    assert sight_without(["fall", part]) == left_out
