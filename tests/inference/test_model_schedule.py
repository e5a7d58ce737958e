"""Which model scores which window."""

import pytest

from inference.model_schedule import OWN, SWITCHES_KEPT, ModelSchedule


def test_a_window_belongs_to_the_model_of_its_capture_time() -> None:
    """A promotion divides windows at one moment, whenever they are scored."""
    schedule = ModelSchedule().promoted("new", 100.0)

    assert [schedule.at(at) for at in (0.0, 99.999, 100.0, 1e9)] == [OWN, OWN, "new", "new"]
    assert (schedule.live, schedule.since, schedule.version) == ("new", 100.0, 1)


def test_models_of_windows_on_their_way_are_in_force() -> None:
    """The one before a promotion, until its last window is too old to be scored."""
    schedule = ModelSchedule().promoted("new", 100.0)

    assert list(schedule.in_force(110.0, kept_s=15.0)) == ["new", OWN]
    assert list(schedule.in_force(116.0, kept_s=15.0)) == ["new"]


def test_rollback_leads_back_through_all_promotions() -> None:
    """Each one step further, up to the model of the site's own file."""
    schedule = ModelSchedule().promoted("a", 1.0).promoted("b", 2.0)
    once = schedule.rolled_back(3.0)
    twice = once.rolled_back(4.0)
    with pytest.raises(LookupError, match="no model was promoted"):
        twice.rolled_back(5.0)

    assert [once.live, twice.live] == ["a", OWN]
    assert [twice.at(at) for at in (0.5, 1.5, 2.5, 3.5, 4.5)] == [OWN, "a", "b", "a", OWN]


def test_switches_stay_in_order_when_the_clock_was_set_back() -> None:
    """The newest word holds, from just after the one before."""
    schedule = ModelSchedule().promoted("a", 100.0).promoted("b", 50.0)

    assert schedule.since > 100.0
    assert schedule.at(200.0) == "b"


def test_a_promoted_shadow_is_no_shadow_any_more() -> None:
    """Another shadow goes on; nothing is staged after a promotion."""
    shadowed = ModelSchedule().with_shadow("a", 1.0).with_staged("a")
    promoted, other = shadowed.promoted("a", 5.0), shadowed.promoted("b", 5.0)

    assert (promoted.shadow, promoted.shadow_since, promoted.staged) == (None, None, None)
    assert (other.shadow, other.shadow_since, other.staged) == ("a", 1.0, None)


def test_the_schedule_is_bounded() -> None:
    """The oldest switches and ways back are forgotten."""
    schedule = ModelSchedule()
    for number in range(3 * SWITCHES_KEPT):
        schedule = schedule.promoted(f"{number}", float(number))

    assert len(schedule.switches) == len(schedule.previous) == SWITCHES_KEPT
    assert schedule.live == f"{3 * SWITCHES_KEPT - 1}"
