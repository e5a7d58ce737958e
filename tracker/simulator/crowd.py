"""The simulated people: where they walk, and who falls, runs or fights when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tracker.simulator.actions import FALL_S, LIE_S, RISE_S, Habits
from tracker.simulator.body import Floats, cadence_hz
from tracker.simulator.daily import LONGEST_S, DailyLife
from tracker.simulator.postures import Moment, joints_m
from tracker.simulator.view import FAR_M, NEAR_M, Camera

Kind: TypeAlias = Literal["fall", "run", "fight"]

RUN_S = 6.0
FIGHT_S = 6.0
MEET_S = 5.0  # how long before a fight the two walk towards each other
REACH_M = 0.75  # between two who fight
ARRIVED_M = 0.5
RUNNER_ARRIVED_M = 2.0  # runners take their turns wide
CLOSE_M = 0.2  # the same, for those who are to meet
TURN_PER_S = 1.9
LASTS_S: dict[Kind, float] = {"fall": FALL_S, "run": RUN_S, "fight": FIGHT_S}
NORMAL_AFTER_S: dict[Kind, float] = {"fall": LIE_S + RISE_S, "run": 2.5, "fight": 0.5}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that is to happen."""

    kind: Kind
    at_s: float


@dataclass(frozen=True, slots=True)
class Episode:
    """What one person did that is not normal, in seconds since the session began.

    Attributes:
        person: the person's number.
        end_s: end of the motion; somebody who fell lies still from then on.
        normal_again_s: from then on the person walks and stands as before.
    """

    person: int
    kind: Kind
    start_s: float
    end_s: float
    normal_again_s: float


class Crowd:
    """People on the ground before a camera, moved step by step.

    Args:
        daily: what they do besides walking and standing; None: nothing.
    """

    def __init__(
        self,
        people: int,
        events: Sequence[Event],
        camera: Camera,
        chance: np.random.Generator,
        *,
        daily: DailyLife | None = None,
    ) -> None:
        self._camera = camera
        self._chance = chance
        self._waiting = sorted(events, key=lambda event: event.at_s)
        self._habits = Habits.draw(people, chance)
        self._meeting: tuple[int, int] | None = None
        self._now_s = 0.0
        self.episodes: list[Episode] = []
        self._daily = daily
        self.stature_m = chance.uniform(1.55, 1.88, people)
        if daily:
            self.stature_m = daily.statures(self.stature_m)
        self._usual = chance.uniform(0.9, 1.55, people)
        self._wanted = self._usual.copy()
        self._speed = self._usual * chance.integers(0, 2, people)
        self._phase = chance.uniform(0, 1, people)
        self._still_s = np.where(self._speed > 0, 0.0, chance.uniform(1, 5, people))
        self._tilt_to = np.zeros(people)
        self._where = np.stack([self._somewhere() for _ in range(people)])  # (P, 2)
        self._target = np.stack([self._somewhere() for _ in range(people)])
        to = self._target - self._where
        self.heading = np.arctan2(to[:, 1], to[:, 0])

    def step(self, elapsed_s: float) -> None:
        """Let time pass: start what is due, then move everybody."""
        self._now_s += elapsed_s
        self._begin_due()
        self._choose(elapsed_s)
        if self._daily:
            unusual = {*self._busy(), *(self._meeting or ())}
            # Before an event everybody comes to the end of what they do, to be free for it.
            soon = bool(self._waiting) and self._now_s >= self._waiting[0].at_s - LONGEST_S
            self._daily.step(self._now_s, elapsed_s, self._still_s, unusual, begins=not soon)
        self._walk(elapsed_s)

    def moment(self) -> Moment:
        """Return all that the bodies follow from now."""
        return Moment(
            now_s=self._now_s,
            phase=self._phase.copy(),
            speed=self._speed.copy(),
            heading=self.heading.copy(),
            where=self._where.copy(),
            tilt_to=self._tilt_to.copy(),
            swing=self._habits.swing.copy(),
            elbow=self._habits.elbow.copy(),
            falls=self._since_s("fall"),
            fights=self._since_s("fight"),
            acts=self._daily.acting() if self._daily else (),
        )

    def joints_m(self, moments: Sequence[Moment]) -> Floats:
        """Return everybody's joints in the world, float64 (F, P, 17, 3), metres."""
        riders = self._daily.riders if self._daily else ()
        return joints_m(moments, self._habits, self.stature_m, fight_s=FIGHT_S, riders=riders)

    def _somewhere(self) -> Floats:
        x_m = self._chance.uniform(NEAR_M, FAR_M)
        side_m = self._camera.half_width_m(x_m) * self._chance.uniform(-1, 1)
        return np.array([x_m, side_m])

    def _busy(self, kind: Kind | None = None) -> list[int]:
        """Return who is doing something unusual now."""
        return [
            episode.person - 1
            for episode in self.episodes
            if episode.start_s <= self._now_s < episode.normal_again_s
            and kind in (None, episode.kind)
        ]

    def _since_s(self, kind: Kind) -> tuple[tuple[int, float], ...]:
        """Return who is doing this now, and since how many seconds."""
        rows = self._busy(kind)
        if not rows:
            return ()
        started_s = {episode.person - 1: episode.start_s for episode in self.episodes}
        return tuple((row, self._now_s - started_s[row]) for row in rows)

    def _begin_due(self) -> None:
        if not self._waiting:
            return
        event = self._waiting[0]
        if event.kind == "fight" and self._meeting is None and self._now_s >= event.at_s - MEET_S:
            self._meeting = self._meet()
        if self._now_s < event.at_s:
            return
        rows = self._meeting if event.kind == "fight" else self._pick(1)
        if not rows or (event.kind == "fight" and not self._met(event)):
            return
        self._waiting.pop(0)
        self._meeting = None
        for row in rows:
            self._begin(row, event.kind)

    def _begin(self, row: int, kind: Kind) -> None:
        end_s = self._now_s + LASTS_S[kind]
        normal_s = end_s + NORMAL_AFTER_S[kind]
        self.episodes.append(Episode(row + 1, kind, self._now_s, end_s, normal_s))
        self._habits.free_hands(row)
        self._still_s[row] = 0.0 if kind == "run" else normal_s - self._now_s
        if kind == "run":
            self._wanted[row] = self._chance.uniform(3.8, 4.8)
            self._target[row] = self._far_from(row)
        if kind == "fall":
            inwards = np.array([(NEAR_M + FAR_M) / 2, 0.0]) - self._where[row]
            to = np.arctan2(inwards[1], inwards[0]) + self._chance.uniform(-0.9, 0.9)
            self._tilt_to[row] = to - self.heading[row]

    def _pick(self, number: int) -> tuple[int, ...]:
        """Choose who does it: walkers first, nobody who is busy; none when too few are free."""
        busy = {*self._busy(), *(self._meeting or ())}
        if self._daily:
            busy |= {row for row, _ in self._daily.acting()} | {*self._daily.riders}
        free = [row for row in range(len(self._where)) if row not in busy]
        if len(free) < number:
            return ()
        order = self._chance.permutation(free).tolist()
        return tuple(sorted(order, key=lambda row: self._speed[row] < 0.5)[:number])

    def _meet(self) -> tuple[int, int] | None:
        """Send somebody and whoever is nearest towards each other."""
        if len(picked := self._pick(len(self._where) - len(self._busy()))) < 2:
            return None
        first, others = picked[0], list(picked[1:])
        away_m = np.linalg.norm(self._where[others] - self._where[first], axis=1)
        second = others[int(away_m.argmin())]
        middle = (self._where[first] + self._where[second]) / 2
        for row in (first, second):
            out = self._where[row] - middle
            out = out / max(np.linalg.norm(out), 1e-6)
            self._target[row] = middle + out * REACH_M / 2
            away = np.linalg.norm(self._where[row] - self._target[row])
            self._wanted[row] = np.clip(away / (MEET_S - 1), 0.8, 1.7)
            self._still_s[row] = 0.0
        return first, second

    def _met(self, event: Event) -> bool:
        assert self._meeting is not None  # noqa: S101 -- narrows the type
        first, second = self._meeting
        apart_m = float(np.linalg.norm(self._where[first] - self._where[second]))
        if apart_m > 1.5 * REACH_M and self._now_s < event.at_s + MEET_S:
            return False
        to = self._where[second] - self._where[first]
        self.heading[first] = np.arctan2(to[1], to[0])
        self.heading[second] = np.arctan2(-to[1], -to[0])
        return True

    def _far_from(self, row: int) -> Floats:
        spots = np.stack([self._somewhere() for _ in range(8)])
        return np.asarray(spots[np.linalg.norm(spots - self._where[row], axis=1).argmax()])

    def _choose(self, elapsed_s: float) -> None:
        """Let those who arrived or stood long enough decide what to do next."""
        self._still_s = np.maximum(self._still_s - elapsed_s, 0)
        running = self._busy_running()
        meeting = self._meeting or ()
        reach_m = self._reach_m(running, meeting)
        arrived = _length(self._target - self._where) < reach_m
        for row in (arrived & (self._still_s == 0)).nonzero()[0].tolist():
            if row in meeting:
                self._still_s[row] = elapsed_s
                continue
            self._target[row] = self._far_from(row) if row in running else self._somewhere()
            if row not in running and self._chance.random() < 0.35:
                self._still_s[row] = self._chance.uniform(2, 8)
        if not running and not meeting:
            self._wanted[:] = self._usual
            return
        calm = [row for row in range(len(self._usual)) if row not in (*running, *meeting)]
        self._wanted[calm] = self._usual[calm]

    def _reach_m(self, running: Sequence[int], meeting: Sequence[int]) -> Floats | float:
        """Return how near to their target people have to come."""
        if not running and not meeting:
            return ARRIVED_M
        reach_m = np.full(len(self._where), ARRIVED_M)
        reach_m[list(meeting)] = CLOSE_M
        reach_m[running] = RUNNER_ARRIVED_M
        return reach_m

    def _busy_running(self) -> list[int]:
        return [e.person - 1 for e in self.episodes if e.kind == "run" and self._now_s < e.end_s]

    def _walk(self, elapsed_s: float) -> None:
        to = self._target - self._where
        away_m = np.hypot(to[:, 0], to[:, 1])
        off = np.mod(np.arctan2(to[:, 1], to[:, 0]) - self.heading + np.pi, 2 * np.pi) - np.pi
        still = self._still_s > 0
        # Slow down to turn and to arrive; nobody turns on the spot by more than a sway.
        runs = self._wanted > 2.0
        slowed = _between(1.15 - np.abs(off) / 2.2, np.where(runs, 0.65, 0.25), 1.0)
        wanted = self._wanted * slowed
        wanted = np.where(runs, wanted, np.minimum(wanted, 0.4 + 1.2 * away_m))
        wanted = np.where(still, 0.0, wanted)
        change = np.where(runs | (self._speed > 1.8), 3.5, 1.3) * elapsed_s
        self._speed += _between(wanted - self._speed, -change, change)
        turn = _between(off, -1.0, 1.0) * TURN_PER_S * _between(self._speed / 0.8, 0.0, 1.4)
        self.heading += np.where(still, 0.0, turn) * elapsed_s
        step_m = self._speed * elapsed_s
        self._where[:, 0] += np.cos(self.heading) * step_m
        self._where[:, 1] += np.sin(self.heading) * step_m
        self._phase += cadence_hz(self._speed, self.stature_m) * elapsed_s


def _between(values: Floats, low: Floats | float, high: Floats | float) -> Floats:
    # np.clip takes four times as long over a handful of people.
    return np.asarray(np.minimum(np.maximum(values, low), high))


def _length(vectors: Floats) -> Floats:
    """Return the lengths of (P, 2): for a handful, np.linalg.norm is slow."""
    return np.asarray(np.sqrt((vectors * vectors).sum(axis=1)))
