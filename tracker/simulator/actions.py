"""What simulated people do to their gait: idling, falling, fighting. Angles in radians."""

from dataclasses import dataclass

import numpy as np

from tracker.simulator.body import Floats, Posture

FALL_S = 1.1
LIE_S = 7.0
RISE_S = 4.0
HOLDS_SOMETHING = 0.15  # share of arms that carry a bag or a telephone
EASE_S = 0.3  # in and out of a fight


@dataclass(slots=True, eq=False)
class Habits:
    """How each person moves in their own way: frequencies in Hz and phases in turns, (P, 8).

    Attributes:
        swing: (P, 2) how much each arm swings, 1 as usual; one that holds something hardly does.
        elbow: (P, 2) how far each arm is bent more than usual.
        lean: (P,) how far the trunk leans forward more than usual.
    """

    slow_hz: Floats
    slow_phase: Floats
    wild_hz: Floats
    wild_phase: Floats
    swing: Floats
    elbow: Floats
    lean: Floats

    @classmethod
    def draw(cls, people: int, chance: np.random.Generator) -> "Habits":
        """Draw the habits of so many people."""
        holds = chance.random((people, 2)) < HOLDS_SOMETHING
        return cls(
            slow_hz=chance.uniform(0.08, 0.35, (people, 8)),
            slow_phase=chance.uniform(0, 1, (people, 8)),
            wild_hz=chance.uniform(1.6, 3.2, (people, 8)),
            wild_phase=chance.uniform(0, 1, (people, 8)),
            swing=np.where(holds, 0.25, chance.uniform(0.5, 1.3, (people, 2))),
            elbow=np.where(holds, chance.uniform(0.4, 1.4, (people, 2)), 0.0),
            lean=chance.normal(0, 0.04, people),
        )

    def free_hands(self, row: int) -> None:
        """Let somebody drop what they hold."""
        self.swing[row], self.elbow[row] = 1.2, 0.0


def idle(posture: Posture, habits: Habits, now_s: Floats) -> None:
    """Let everybody sway, look about and carry their arms a little differently all the time.

    Args:
        now_s: (P, 1).
    """
    drift = np.sin(2 * np.pi * (habits.slow_hz * now_s + habits.slow_phase))  # (P, 8)
    posture.flex[:, :2] *= habits.swing
    posture.flex += drift[:, :4] * (0.06, 0.06, 0.015, 0.015)
    posture.bend[:, :2] += habits.elbow + 0.08 * (1 + drift[:, :2])
    posture.lean += habits.lean + 0.02 * drift[:, 4]
    posture.roll += 0.015 * drift[:, 5]
    posture.head += 0.3 * drift[:, 6]


def fall(posture: Posture, rows: list[int], since_s: Floats) -> None:
    """Topple, lie, and get up again, `since_s` seconds after the stumble."""
    down = np.clip(since_s / FALL_S, 0, 1)
    rise = _smooth((since_s - FALL_S - LIE_S) / RISE_S)
    lying = down**2.2 * (1 - rise)
    flail = np.sin(np.pi * down)  # most in the middle of the fall
    crouch = np.sin(np.pi * rise)
    posture.tilt[rows] = lying * np.pi / 2
    swing = np.sin(9.0 * since_s) * flail
    posture.flex[rows, 0] += 1.6 * flail + 0.9 * lying + 0.5 * swing + 0.4 * crouch
    posture.flex[rows, 1] += 1.2 * flail + 0.4 * lying - 0.5 * swing + 0.6 * crouch
    posture.abduct[rows, 0] += 0.8 * flail + 0.5 * lying
    posture.abduct[rows, 1] += 0.9 * flail + 0.3 * lying
    posture.flex[rows, 2] += 0.7 * flail + 0.5 * lying + 1.2 * crouch
    posture.flex[rows, 3] += 0.2 * flail + 0.2 * lying + 1.0 * crouch
    posture.bend[rows, 2] += 0.8 * flail + 0.7 * lying + 1.6 * crouch
    posture.bend[rows, 3] += 0.6 * flail + 0.3 * lying + 1.5 * crouch
    posture.lean[rows] += 0.4 * flail + 0.7 * crouch


def fight(posture: Posture, rows: list[int], share: Floats, habits: Habits, now_s: Floats) -> None:
    """Punch, kick and sway, as much as `share` in [0, 1] says; now_s is (R, 1)."""
    wild = np.sin(2 * np.pi * (habits.wild_hz[rows] * now_s + habits.wild_phase[rows]))  # (R, 8)
    slow = np.sin(2 * np.pi * (0.35 * habits.wild_hz[rows] * now_s + habits.wild_phase[rows]))
    kick = np.maximum(slow[:, 6:8], 0.0) ** 3
    full = share[:, None]
    posture.flex[rows, :2] += full * (1.2 + 1.3 * wild[:, :2])
    posture.abduct[rows, :2] += full * (0.5 + 0.5 * wild[:, 2:4])
    posture.bend[rows, :2] += full * (1.0 + 0.9 * wild[:, 4:6])
    posture.flex[rows, 2:] += full * (1.4 * kick + 0.25 * slow[:, :2])
    posture.bend[rows, 2:] += full * (0.3 + 1.0 * kick)
    posture.lean[rows] += share * (0.2 + 0.5 * slow[:, 2])
    posture.roll[rows] += share * 0.4 * slow[:, 3]
    posture.twist[rows] += share * 0.8 * wild[:, 0]
    posture.head[rows] += share * 0.4 * slow[:, 4]


def fight_share(since_s: Floats, lasts_s: float) -> Floats:
    """Return how far somebody is into a fight: 0 outside, 1 inside, eased at both ends."""
    return np.asarray(_smooth(since_s / EASE_S) * _smooth((lasts_s - since_s) / EASE_S))


def shove_m(share: Floats, habits: Habits, rows: list[int], now_s: Floats) -> Floats:
    """Return how far fighters are thrown back and forth along their heading, all (R,)."""
    turns = 0.45 * habits.wild_hz[rows, 0] * now_s + habits.wild_phase[rows, 7]
    return np.asarray(share * 0.25 * np.sin(2 * np.pi * turns))


def _smooth(part: Floats) -> Floats:
    part = np.clip(part, 0, 1)
    return np.asarray(part * part * (3 - 2 * part))
