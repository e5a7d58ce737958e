import numpy as np
import pytest

from tracker.tracking.box_motion import BoxMotion

BOX_PX = np.array([100, 100, 140, 200], np.float32)
STEP_PX = np.array([10, 0, 10, 0], np.float32)


def _walk(times_s: list[float]) -> BoxMotion:
    """Follow a box that moves 100 px a second to the right."""
    motion = BoxMotion(BOX_PX, times_s[0])
    for at in times_s[1:]:
        motion.predict(at)
        motion.correct(BOX_PX + STEP_PX * np.float32(10 * (at - times_s[0])))
    return motion


def test_a_steady_walk_is_foreseen() -> None:
    """After a second of steady motion the next place is known to a few pixels."""
    motion = _walk([index / 10 for index in range(11)])

    motion.predict(1.1)

    assert motion.box_px == pytest.approx(BOX_PX + 11 * STEP_PX, abs=3)


def test_gaps_and_uneven_frames_do_not_bend_the_walk() -> None:
    """Prediction counts seconds, not frames."""
    motion = _walk([0.0, 0.1, 0.2, 0.5, 0.55, 0.9, 1.0])

    motion.predict(1.8)

    assert motion.box_px == pytest.approx(BOX_PX + 18 * STEP_PX, abs=8)


def test_scale_does_not_matter() -> None:
    """A scene twice as large gives boxes twice as large."""
    small, large = BoxMotion(BOX_PX, 0.0), BoxMotion(2 * BOX_PX, 0.0)
    for motion, factor in ((small, 1), (large, 2)):
        motion.predict(0.1)
        motion.correct(factor * (BOX_PX + STEP_PX))
        motion.predict(0.2)

    assert large.box_px == pytest.approx(2 * small.box_px, rel=1e-5)


def test_time_running_backwards_is_no_motion() -> None:
    """A clock set back neither moves nor breaks the belief."""
    motion = _walk([0.0, 0.1, 0.2])
    before = motion.box_px

    motion.predict(0.1)

    assert motion.box_px == pytest.approx(before)


def test_a_look_ahead_agrees_with_the_step_and_changes_nothing() -> None:
    """Where the box should be is told before the step just as after it."""
    motion = _walk([index / 10 for index in range(11)])
    before = motion.box_px

    ahead = motion.box_at(1.4)

    assert motion.box_px == pytest.approx(before)
    motion.predict(1.4)
    assert ahead == pytest.approx(motion.box_px)


def test_who_grows_does_not_grow_for_ever() -> None:
    """A box that grew while somebody turned keeps its size while they are hidden."""
    motion = BoxMotion(BOX_PX, 0.0)
    for index in range(1, 6):
        motion.predict(index / 10)
        motion.correct(BOX_PX + np.array([-4, 0, 4, 0], np.float32) * np.float32(index))

    motion.predict(2.5)

    assert 80 <= motion.box_px[2] - motion.box_px[0] < 130  # 80 px seen; 240 px if it went on
    assert motion.box_px[0] + motion.box_px[2] == pytest.approx(240)


def test_nobody_shrinks_to_nothing() -> None:
    """A box that shrinks fast and is then not seen keeps a size of at least a pixel."""
    motion = BoxMotion(BOX_PX, 0.0)
    for index, height_px in enumerate((60, 30, 10, 4), start=1):
        motion.predict(index / 10)
        motion.correct(np.array([100, 100, 110, 100 + height_px], np.float32))

    motion.predict(5.0)

    width_px, height_px = motion.box_px[2:] - motion.box_px[:2]
    assert width_px >= 1
    assert height_px >= 1
