"""The model's time grid across gaps, stalls and clocks that jump."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.resampled import EPOCH_S, advance, play, track

from tracker.options import WindowOptions
from tracker.resampling import Resampler
from tracker.types import PersonId


@given(st.lists(st.integers(1, 9), min_size=10, max_size=50), st.sampled_from([5.0, 10.0, 30.0]))
@pytest.mark.slow
def test_no_sample_lies_in_a_gap_too_long(steps: list[int], fps: float) -> None:
    """Samples rise tick by tick from each restart; what was missed for too long stays empty."""
    resampler, samples = Resampler(WindowOptions()), []
    frames = np.cumsum([0, 1, 1, 1, *steps]).tolist()

    for seq in range(frames[-1] + 1):  # the camera saw nobody in the frames between
        at = EPOCH_S + seq / fps
        seen = [track(seq, at, seq * 24 / fps)] if seq in frames else []
        samples += resampler.advance(seq, at, seen)

    too_long = [step > 3 and step / fps > 0.25 for step in np.diff(frames)]
    assert [one.restarts for one in samples] == [True, *too_long]
    for before, one in zip([None, *samples], samples, strict=False):
        places = one.joints[:, 0, 0]
        assert (places <= one.seq * 24 / fps + 1e-2).all()
        np.testing.assert_allclose(np.diff(places), 1, atol=5e-2)
        assert before is None or (places >= before.seq * 24 / fps - 1e-2).all()
        assert not one.restarts or places == [pytest.approx(one.seq * 24 / fps)]


@pytest.mark.parametrize(("missing", "restarts"), [(1, False), (2, False), (3, True)])
def test_gaps_of_few_frames_are_bridged(missing: int, restarts: bool) -> None:
    """At 5 fps, where 0.25 s is less than two frames, up to two missing frames are filled."""
    resampler = Resampler(WindowOptions())
    play(resampler, 5, range(10))

    for seq in range(10, 10 + missing):
        assert resampler.advance(seq, EPOCH_S + seq / 5, []) == []
    seq = 10 + missing
    (samples,) = advance(resampler, [track(seq, EPOCH_S + seq / 5)])

    assert samples.restarts is restarts
    assert len(samples.joints) == (1 if restarts else int(seq * 4.8) - int(9 * 4.8))


@pytest.mark.parametrize(("missing", "restarts"), [(6, False), (8, True)])
def test_short_gaps_are_bridged_at_any_rate(missing: int, restarts: bool) -> None:
    """At 30 fps seven missing frames are over 0.25 s: too long; six are not."""
    resampler = Resampler(WindowOptions())
    play(resampler, 30, range(10))

    seq = 10 + missing
    (samples,) = advance(resampler, [track(seq, EPOCH_S + seq / 30)])

    assert samples.restarts is restarts


def test_a_stalled_camera_is_a_gap() -> None:
    """Frame numbers may run on while time leapt: the usual interval shows the gap."""
    resampler = Resampler(WindowOptions())
    play(resampler, 10, range(10))

    (samples,) = advance(resampler, [track(10, EPOCH_S + 1.0 + 0.5)])

    assert samples.restarts


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(-1e6, 1e6)), min_size=1, max_size=20))
def test_no_clock_can_break_the_grid(steps: list[tuple[int, float]]) -> None:
    """Clocks that jump either way restart the grid; samples are never more than a window's."""
    options = WindowOptions()
    resampler, seq, at = Resampler(options), 0, EPOCH_S

    for skipped, step_s in steps:
        seq, at = seq + skipped, at + step_s
        (samples,) = advance(resampler, [track(seq, at)])

        assert len(samples.joints) <= options.frames
        assert np.isfinite(samples.joints).all()
        assert step_s > -1e-3 or samples.restarts


def test_a_clock_set_back_restarts() -> None:
    """Time that runs backwards voids what was sampled before."""
    resampler = Resampler(WindowOptions())
    play(resampler, 10, range(10))

    (samples,) = advance(resampler, [track(10, EPOCH_S - 3600)])

    assert samples.restarts
    assert len(samples.joints) == 1


def test_lost_samples_restart_everybody() -> None:
    """After `forget` no window can reach across the samples that the store did not get."""
    resampler = Resampler(WindowOptions())
    play(resampler, 24, range(10))

    resampler.forget()

    assert play(resampler, 24, range(10, 11))[0].restarts


def test_people_who_left_are_forgotten() -> None:
    """Memory holds nobody who cannot be continued any more."""
    resampler = Resampler(WindowOptions())

    for seq in range(200):
        number = seq // 10
        advance(resampler, [track(seq, EPOCH_S + seq / 10, person=PersonId("gate", "s", number))])

    assert len(resampler._people) <= 2
