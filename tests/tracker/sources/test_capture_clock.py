"""Capture times, whatever network, stream and wall clock do."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.sources.capture_clock import Arrival, CaptureClock, Stamp

UTC = 1.79e9
WAY_S = 0.08  # what a frame takes at least from the camera to here


class Times:
    """A monotonic clock and a wall clock that can be set."""

    def __init__(self) -> None:
        self.monotonic_s = 5000.0
        self.utc = UTC

    def clock(self) -> CaptureClock:
        return CaptureClock(monotonic=lambda: self.monotonic_s, utc=lambda: self.utc)

    def arrive(self, clock: CaptureClock, after_s: float, position_s: float = 0.0) -> Stamp:
        """Let a frame arrive so long after the last one."""
        self.monotonic_s += after_s
        self.utc += after_s
        return clock.stamp(clock.now(), position_s)


def stamped(captured_s: np.ndarray, delays_s: np.ndarray, positions_s: np.ndarray) -> list[Stamp]:
    """Stamp frames that were captured at some times and then were on their way so long."""
    clock = CaptureClock(monotonic=lambda: 0.0, utc=lambda: 0.0)
    arrived_s = np.maximum.accumulate(captured_s + delays_s)
    return [
        clock.stamp(Arrival(arrived, UTC + arrived), position)
        for arrived, position in zip(arrived_s.tolist(), positions_s.tolist(), strict=True)
    ]


@settings(max_examples=200)
@given(
    steps=st.lists(
        st.tuples(
            st.floats(0, 3),  # until the next frame arrives
            st.floats(-5, 1e6),  # the position it claims
            st.sampled_from([0.0, 0.0, 0.0, -3600.0, -1.5, 0.9, 2.0, 86_400.0]),  # clock set by
        ),
        min_size=1,
        max_size=60,
    )
)
def test_time_only_goes_on(steps: list[tuple[float, float, float]]) -> None:
    """Whatever happens, times and numbers increase within a session, and never lead the arrival.

    A capture time lies at most two seconds before the arrival, by the wall clock of the session.
    """
    times = Times()
    clock = times.clock()
    last: dict[str, Stamp] = {}

    for count, (after_s, position_s, set_by_s) in enumerate(steps):
        times.utc += set_by_s
        stamp = times.arrive(clock, after_s, position_s)

        former = last.get(stamp.session)
        assert stamp.seq == (0 if former is None else former.seq + 1)
        if former is not None:
            assert stamp.at > former.at
        assert times.utc - 3.1 - 0.001 * count <= stamp.at <= times.utc + 1.1 + 0.001 * count
        last[stamp.session] = stamp


def test_jitter_of_the_network_is_smoothed() -> None:
    """By the stream's own clock frames are evenly spaced, however unevenly they arrive."""
    rng = np.random.default_rng(3)
    captured_s = np.arange(500) / 25
    delays_s = WAY_S + rng.exponential(0.03, 500)

    at = np.array([stamp.at for stamp in stamped(captured_s, delays_s, captured_s + 0.04)])

    settled = at[50:] - UTC - captured_s[50:]
    assert np.abs(np.diff(at[50:]) - 0.04).max() < 0.004
    assert WAY_S - 1e-3 <= settled.min() <= settled.max() < WAY_S + 0.02


def test_a_held_up_burst_keeps_its_times() -> None:
    """Frames that the network held up for a second keep the times at which they were captured."""
    captured_s = np.arange(300) / 10
    delays_s = np.full(300, WAY_S)
    delays_s[100:110] += np.linspace(1.0, 0.1, 10)

    at = np.array([stamp.at for stamp in stamped(captured_s, delays_s, captured_s + 0.1)])

    np.testing.assert_allclose(at - UTC - captured_s, WAY_S, atol=0.002)


def test_a_way_that_became_longer_is_followed() -> None:
    """Once every frame takes longer, that is the way: times approach the arrival again."""
    captured_s = np.arange(3000) / 25
    delays_s = np.where(np.arange(3000) < 500, WAY_S, WAY_S + 0.4)

    at = np.array([stamp.at for stamp in stamped(captured_s, delays_s, captured_s + 0.04)])

    assert at[510] - UTC - captured_s[510] == pytest.approx(WAY_S, abs=0.01)
    assert at[-1] - UTC - captured_s[-1] == pytest.approx(WAY_S + 0.4, abs=0.01)


@pytest.mark.parametrize("drift", [-0.02, -2e-4, 2e-4, 0.02])
def test_a_camera_whose_clock_drifts_never_drifts_away(drift: float) -> None:
    """A camera clock that is wrong by a day's seconds, or by far more, costs no growing lag."""
    captured_s = np.arange(25 * 600) / 25
    delays_s = np.full(len(captured_s), WAY_S)

    stamps = stamped(captured_s, delays_s, 0.04 + captured_s * (1 + drift))

    lag_s = np.array([stamp.at for stamp in stamps]) - UTC - captured_s - WAY_S
    assert np.abs(lag_s).max() < 0.3


@pytest.mark.parametrize("rate", [0.1, 0.4, 3.0])
def test_positions_at_a_false_rate_are_no_clock(rate: float) -> None:
    """A stream that only counts its frames at a guessed rate is timed by arrival."""
    captured_s = np.arange(400) / 10

    stamps = stamped(captured_s, np.full(400, WAY_S), 0.1 + captured_s * rate)

    lag_s = np.array([stamp.at for stamp in stamps]) - UTC - captured_s - WAY_S
    assert np.abs(lag_s).max() <= 2
    np.testing.assert_allclose(lag_s[-300:], 0, atol=0.002)


def test_positions_that_start_anew_or_fail_do_no_harm() -> None:
    """When the stream's own clock is set back, set forward or missing, times go on evenly."""
    captured_s = np.arange(400) / 10
    positions_s = 0.1 + captured_s
    positions_s[100:] -= 5  # back
    positions_s[200:] += 3600  # and far forward
    positions_s[300:] = 0  # and gone

    stamps = stamped(captured_s, np.full(400, WAY_S), positions_s)

    at = np.array([stamp.at for stamp in stamps])
    np.testing.assert_allclose(at - UTC - captured_s, WAY_S, atol=0.002)
    assert len({stamp.session for stamp in stamps}) == 1


@pytest.mark.parametrize("set_by_s", [-3600.0, -1.2, 1.2, 3600.0])
def test_a_wall_clock_that_is_set_begins_a_session(set_by_s: float) -> None:
    """From the next frame on times are those of the new clock, in a session of their own."""
    times = Times()
    clock = times.clock()
    before = [times.arrive(clock, 0.1, 0.1 * number) for number in range(1, 20)]

    times.utc += set_by_s
    after = [times.arrive(clock, 0.1, 0.1 * number) for number in range(20, 30)]

    assert len({stamp.session for stamp in before}) == 1
    assert {stamp.session for stamp in after} == {after[0].session} != {before[0].session}
    assert after[0].seq == 0
    assert after[-1].at == pytest.approx(times.utc, abs=0.01)


def test_a_wall_clock_that_is_slewed_changes_nothing() -> None:
    """Small corrections do not end the session; monotonic time rules within it."""
    times = Times()
    clock = times.clock()
    first = times.arrive(clock, 0.1)

    for _ in range(100):
        times.utc += random.Random(4).uniform(0, 0.009)
        last = times.arrive(clock, 0.1)

    assert last.session == first.session
    assert last.at - first.at == pytest.approx(10, abs=1e-5)


@pytest.mark.parametrize("stray_s", [37_600.0, -9_800.0])
def test_a_frame_stamped_hours_away_does_no_harm(stray_s: float) -> None:
    """Recorders stamp single frames so: none counts as late, and the clock stays in use."""
    times = Times()
    clock = times.clock()
    late_s = []
    for number in range(200):
        stray = stray_s if number % 50 == 25 else 0.0
        times.arrive(clock, 0.04, 20_000 + 0.04 * number + stray)
        late_s.append(clock.late_s)

    assert max(late_s) < 0.01
    times.arrive(clock, 0.54, 20_000 + 0.04 * 200)
    assert clock.late_s == pytest.approx(0.5, abs=0.02), "a frame that is late is still seen"
