"""When to look less thoroughly."""

from tracker.camera.load_shedding import (
    FIRST_LOWER_AFTER_S,
    LONGEST_KEY_FRAME_INTERVAL,
    LOWER_AFTER_S,
    RAISE_AFTER_S,
    DetectorThrottle,
    Latch,
)


def told(
    throttle: DetectorThrottle, seconds: range, *, short: bool, worked: float, camera: str = "gate"
) -> list[int]:
    """Tell the same once a second; return the interval after each time."""
    intervals = []
    for now in seconds:
        throttle.report(camera, float(now), short=short, worked=worked)
        intervals.append(throttle.key_frame_interval())
    return intervals


def relaxed(permits: int) -> DetectorThrottle:
    """Return one whose machine has been calm for a while before 0: every frame is searched."""
    throttle = DetectorThrottle(permits)
    told(throttle, range(-30, 0), short=False, worked=0.01)
    assert throttle.key_frame_interval() == 1
    return throttle


def test_a_restarted_busy_site_begins_as_it_must_go_on() -> None:
    """It is never short for want of the steps up; what was the case before need not be known."""
    throttle = DetectorThrottle(2)

    intervals = told(throttle, range(60), short=True, worked=0.9)

    assert set(intervals) == {LONGEST_KEY_FRAME_INTERVAL}


def test_a_calm_start_searches_every_frame_soon() -> None:
    """Two short steps, from when frames are processed; before that nothing is known."""
    throttle = DetectorThrottle(2)
    before = told(throttle, range(20), short=False, worked=0.0)

    intervals = told(throttle, range(20, 60), short=False, worked=0.2)

    assert set(before) == {LONGEST_KEY_FRAME_INTERVAL}
    assert intervals.index(2) == FIRST_LOWER_AFTER_S
    assert intervals.index(1) == 2 * FIRST_LOWER_AFTER_S


def test_lasting_shortness_raises_the_interval_step_by_step() -> None:
    """A moment of shortness changes nothing; each step gets time to show its effect."""
    throttle = relaxed(2)

    assert set(told(throttle, range(5), short=True, worked=0.9)) == {1}
    assert set(told(throttle, range(5, 10), short=False, worked=0.9)) == {1}
    intervals = told(throttle, range(10, 60), short=True, worked=0.9)

    first, second = intervals.index(2), intervals.index(3)
    assert first >= RAISE_AFTER_S
    assert second - first >= RAISE_AFTER_S
    assert max(intervals) == LONGEST_KEY_FRAME_INTERVAL


def test_the_interval_falls_again_when_the_machine_is_calm() -> None:
    """After a lasting calm people are searched for at every frame again."""
    throttle = DetectorThrottle(2)
    told(throttle, range(60), short=True, worked=0.9)

    intervals = told(throttle, range(60, 120), short=False, worked=0.2)

    assert intervals.index(2) >= LOWER_AFTER_S
    assert intervals[-1] == 1


def test_the_interval_stays_where_one_less_might_not_do() -> None:
    """Relief by a longer interval is no reason for a shorter one: it does not swing."""
    throttle = relaxed(1)
    told(throttle, range(7), short=True, worked=0.95)

    assert set(told(throttle, range(7, 300), short=False, worked=0.6)) == {2}


def test_one_camera_of_many_that_is_short_counts() -> None:
    """The interval is one for all, and all must be calm before it falls."""
    throttle = DetectorThrottle(2)
    for now in range(40):
        throttle.report("gate", float(now), short=True, worked=0.5)
        throttle.report("yard", float(now), short=False, worked=0.1)

    assert throttle.key_frame_interval() == LONGEST_KEY_FRAME_INTERVAL


def test_the_work_of_all_cameras_adds_up() -> None:
    """Many cameras that each do little can fill the machine all the same."""
    throttle = relaxed(2)
    told(throttle, range(7), short=True, worked=0.3)
    for now in range(7, 100):
        for number in range(6):
            throttle.report(f"c{number}", float(now), short=False, worked=0.25)
        throttle.report("gate", float(now), short=False, worked=0.0)

    assert throttle.key_frame_interval() == 2


def test_a_latch_follows_late_and_only_for_good() -> None:
    """Flickering conditions leave the latch as it is, in both positions."""
    latch = Latch(rise_s=3, fall_s=5)
    flicker = [latch.update(now % 2 == 0, now) for now in range(20)]
    risen = [latch.update(True, now) for now in range(20, 25)]
    fallen = [latch.update(False, now) for now in range(25, 32)]

    assert not any(flicker)
    assert risen == [False] * 3 + [True] * 2
    assert fallen == [True] * 5 + [False] * 2


def test_a_latch_survives_a_clock_set_back() -> None:
    """After the clock was set back the time counts anew instead of never coming."""
    latch = Latch(rise_s=3, fall_s=5)
    latch.update(True, 1000)

    assert [latch.update(True, now) for now in (10, 11, 12, 13)] == [False, False, False, True]
