"""How surely two people fight, by their limbs and by the picture."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cue_maker import STANDING

from inference.kinds.fight import FightOptions, by_limbs, by_picture

OPTIONS = FightOptions()
FIGHTING = replace(STANDING, other=2, apart=0.5, agitation=2.4, strike=5.0, shove=0.2)
measure = st.floats(0, 10)


def test_limbs_tell_by_the_weakest_sign() -> None:
    """Twice the agitation, twice the strike, half the distance: twice the threshold."""
    assert by_limbs(FIGHTING, OPTIONS) == pytest.approx(2.0)


def test_what_cannot_be_seen_is_not_calm() -> None:
    """Without a partner, or too small: no score by the limbs; without pictures: none by those."""
    assert by_limbs(STANDING, OPTIONS) is None
    assert by_limbs(replace(FIGHTING, body_px=40.0), OPTIONS) is None
    assert by_picture(FIGHTING, OPTIONS) is None
    assert by_picture(replace(FIGHTING, commotion=0.0), OPTIONS) == 0.0


@given(measure, measure, measure, st.floats(1.0, 3.0))
def test_more_of_any_sign_is_never_less_of_a_fight(
    agitation: float, strike: float, shove: float, more: float
) -> None:
    """Every sign counts one way, and who is nearer is no calmer."""
    cues = replace(FIGHTING, agitation=agitation, strike=strike, shove=shove)
    less = by_limbs(cues, OPTIONS)
    assert less is not None

    for change in (
        {"agitation": more * agitation},
        {"strike": more * strike},
        {"shove": more * shove},
        {"apart": cues.apart / more},
    ):
        now = by_limbs(replace(cues, **change), OPTIONS)  # type: ignore[arg-type]
        assert now is not None
        assert now >= less


@pytest.mark.parametrize("name", ["agitation", "strike", "shove", "apart", "commotion"])
def test_thresholds_are_positive(name: str) -> None:
    """Zero would call everything a fight; the error names the option."""
    with pytest.raises(ValueError, match=name):
        FightOptions(**{name: 0.0})  # type: ignore[arg-type]
