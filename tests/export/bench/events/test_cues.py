"""The trivial baselines."""

import numpy as np
import pytest

from export.bench.events.cues import hip_speed, trunk_angle_deg


def _body(shoulders: tuple[float, float], hips: tuple[float, float]) -> np.ndarray:
    joints = np.zeros((17, 3), np.float32)
    joints[:, :2] = hips
    joints[[5, 6], :2] = shoulders
    joints[0, :2] = (hips[0], hips[1] - 100)  # a body of 100 px
    return joints


@pytest.mark.parametrize(
    ("shoulders", "angle"), [((50, 0), 0), ((100, 50), 90), ((0, 50), 90), ((50, 100), 180)]
)
def test_the_trunk_s_angle_is_that_to_upright(shoulders: tuple[int, int], angle: int) -> None:
    """Standing 0, lying on either side 90, upside down 180 degrees."""
    joints = _body(shoulders, (50, 50))[None]

    assert trunk_angle_deg(np.zeros(1), joints) == pytest.approx([angle])


def test_speed_is_in_body_lengths_per_second() -> None:
    """A body of 100 px that moves 10 px in a tenth of a second runs at one body length a second."""
    at_s = np.arange(8) / 10
    joints = np.stack([_body((50 + 10 * n, 0), (50 + 10 * n, 50)) for n in range(8)])

    speeds = hip_speed(at_s, joints)

    assert speeds[0] == 0
    assert speeds[1:] == pytest.approx(1.0, rel=1e-3)
