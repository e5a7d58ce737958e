"""How a box moves between frames: constant velocity with noise (a Kalman filter), in seconds."""

import numpy as np

from tracker.types import Float32

# All as shares of the box's height, so that near and far people are treated alike.
_MEASURED = 0.06  # standard deviation of a detector's box
_ACCELERATION = 0.25  # how briskly a velocity wanders, per second to the power 1.5
_FIRST_VELOCITY = 0.7  # standard deviation of an unknown velocity, per second
# Of x, y, width, height. A box's size is measured worse than its middle, for arms and legs swing;
# and who grows now does not go on growing, while who walks goes on walking.
_NOISE = np.array([1.0, 1.0, 2.0, 2.0])  # variance in relation to the middle's
_LASTS_S = np.array([np.inf, np.inf, 0.5, 0.5])  # after so long 63 % of a velocity are gone


class BoxMotion:
    """The believed centre, width and height of one person's box, and their velocities.

    The four numbers are filtered apart: each has its own variance of place and velocity and their
    covariance. Times come from the frames, so gaps and uneven frame rates need no special case.

    Attributes:
        at: the time this belief is about, UTC seconds.
    """

    def __init__(self, box_px: Float32, at: float) -> None:
        self.at = at
        self._place = _to_centre(box_px)  # float64 (4,): x, y, width, height
        self._velocity = np.zeros(4)
        height_px = self._place[3]
        self._place_var = np.full(4, (_MEASURED * height_px) ** 2)
        self._velocity_var = np.full(4, (_FIRST_VELOCITY * height_px) ** 2)
        self._covariance = np.zeros(4)

    @property
    def box_px(self) -> Float32:
        """The believed box, float32 (4,): left, top, right, bottom."""
        return self.box_at(self.at)

    def box_at(self, at: float) -> Float32:
        """Return where the box should be at a later time; the belief stays as it is."""
        place = self._place + self._velocity * _lasting_s(max(at - self.at, 0.0))
        half = np.maximum(place[2:], 1.0) / 2
        return np.concatenate([place[:2] - half, place[:2] + half]).astype(np.float32)

    def predict(self, at: float) -> None:
        """Move the belief on to a later time; an earlier one is taken as now."""
        step_s = max(at - self.at, 0.0)
        self.at = at
        reach_s, kept = _lasting_s(step_s), np.exp(-step_s / _LASTS_S)
        noise = (_ACCELERATION * self._place[3]) ** 2
        self._place = self._place + self._velocity * reach_s
        self._place[2:] = np.maximum(self._place[2:], 1.0)
        self._velocity = self._velocity * kept
        self._place_var = (
            self._place_var
            + 2 * reach_s * self._covariance
            + reach_s**2 * self._velocity_var
            + noise * step_s**3 / 3
        )
        self._covariance = (
            kept * (self._covariance + reach_s * self._velocity_var) + noise * step_s**2 / 2
        )
        self._velocity_var = kept**2 * self._velocity_var + noise * step_s

    def correct(self, box_px: Float32) -> None:
        """Take in a box seen at the time last predicted."""
        surprise = _to_centre(box_px) - self._place
        total_var = self._place_var + _NOISE * (_MEASURED * self._place[3]) ** 2
        place_gain = self._place_var / total_var
        velocity_gain = self._covariance / total_var
        self._place = self._place + place_gain * surprise
        self._velocity = self._velocity + velocity_gain * surprise
        self._velocity_var = self._velocity_var - velocity_gain * self._covariance
        self._covariance = self._covariance * (1 - place_gain)
        self._place_var = self._place_var * (1 - place_gain)


def _lasting_s(step_s: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return for how many seconds' worth of its velocity each of the four numbers moves on."""
    with np.errstate(invalid="ignore"):  # infinity times nothing, which the next line mends
        worn = -_LASTS_S * np.expm1(-step_s / _LASTS_S)
    return np.where(np.isinf(_LASTS_S), step_s, worn)


def _to_centre(box_px: Float32) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    left, top, right, bottom = (float(edge) for edge in box_px)
    return np.array([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])
