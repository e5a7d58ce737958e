"""Counts the seconds of people before a camera, and those in which nobody's movement is judged.

A moment counts as watched if some window that can be scored holds it. So the second in which a
person's first window fills is watched once that window is full; of somebody who is gone before, it
was not.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tracker.scene_block import Unwatched, Visit
from tracker.types import FrameView, PersonCues, Samples, Track
from tracker.visits.running_scene import RunningScene

# Somebody not seen for so long is gone, as for the tracker.
GONE_S = 2.0
LONGEST_VISIT_S = 60.0
# A longer step between two frames was not live.
LONGEST_STEP_S = 5.0
# A box this near to the picture's edge, in shares of the picture, reaches beyond it.
EDGE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRules:
    """When somebody's movement is not judged: what scoring and the alert rules refuse.

    Attributes:
        frames: poses of a window.
        confidence, confidence_s: least mean of the joints', and the time constant of its smoothing.
        seen_above, seen_share: least share of joints that are more certain than this.
        smallest_px: least length of the body.
        jump_speed: no window is judged across a faster jump of the trunk, body lengths/s.
    """

    frames: int
    confidence: float = 0.0
    confidence_s: float = 0.5
    seen_above: float = 0.0
    seen_share: float = 0.0
    smallest_px: float = 0.0
    jump_speed: float = math.inf


@dataclass(slots=True)
class FrameTime:
    """What one frame adds."""

    people_s: float = 0.0
    unwatched_s: dict[Unwatched, float] = field(default_factory=dict)

    def unwatched(self, reason: Unwatched, seconds: float) -> None:
        """Add seconds that are not watched."""
        if seconds > 0:
            self.unwatched_s[reason] = self.unwatched_s.get(reason, 0.0) + seconds


@dataclass(slots=True)
class _Person:
    """One person's time so far.

    Attributes:
        confidence, seen: smoothed.
        poses: on the model's grid without a break.
        pending_s: not known to be watched yet.
        sums: over the visit's frames, of confidence, height, x, y.
    """

    seen_at: float
    confidence: float
    seen: float
    poses: int = 0
    pending_s: float = 0.0
    visit_s: float = 0.0
    frames: int = 0
    sums: list[float] = field(default_factory=lambda: [0.0] * 4)


@dataclass(frozen=True, slots=True)
class PeopleFrame:
    """One frame of a camera.

    Attributes:
        view: everybody in it.
        people: their cues, in the same order.
        ignored, small: numbers of those in ignored zones, and of those that the camera's settings
            call too small.
        samples: of those who are watched.
    """

    view: FrameView
    people: Sequence[PersonCues]
    ignored: Collection[int]
    small: Collection[int]
    samples: Sequence[Samples]


class PeopleTime:
    """One camera's people, session after session."""

    def __init__(self, rules: WatchRules, scene: RunningScene) -> None:
        self._rules = rules
        self._scene = scene
        self._session = ""
        self._at = -math.inf
        self._people: dict[int, _Person] = {}

    def add(self, frame: PeopleFrame) -> FrameTime:
        """Add a frame; return the seconds that it adds or decides about."""
        view, found = frame.view, FrameTime()
        step_s = view.at - self._at
        if view.session != self._session or step_s < -LONGEST_STEP_S:
            self._leave(found, list(self._people))
            self._session = view.session
        self._scene.enter(view.at)
        self._leave(found, self._gone(view.at))
        samples = {each.person.number: each for each in frame.samples}
        for track, cues in zip(view.tracks, frame.people, strict=True):
            if cues.number in frame.ignored:
                self._leave(found, [cues.number])
                continue
            person = self._person(track, cues, view.at)
            elapsed_s = self._elapse(person, track, cues, view)
            found.people_s += elapsed_s
            small = cues.number in frame.small or cues.body_px < self._rules.smallest_px
            reason: Unwatched | None
            reason = "too-small" if small else self._unsure(person, track, view)
            self._judge(found, person, samples.get(cues.number), reason, elapsed_s)
            if cues.trunk_speed > self._rules.jump_speed:
                self._break_off(found, person)
        self._scene.add(step_s if 0 < step_s <= LONGEST_STEP_S else 0.0, 0.0, {})
        self._scene.add(0.0, found.people_s, found.unwatched_s)
        self._at = view.at
        return found

    def end(self) -> FrameTime:
        """Let everybody go: no frame follows for now."""
        found = FrameTime()
        self._leave(found, list(self._people))
        self._scene.add(0.0, 0.0, found.unwatched_s)
        return found

    def _gone(self, at: float) -> list[int]:
        return [n for n, each in self._people.items() if abs(at - each.seen_at) > GONE_S]

    def _person(self, track: Track, cues: PersonCues, at: float) -> _Person:
        person = self._people.get(cues.number)
        if person is None:
            person = _Person(at, cues.confidence, self._seen_share(track))
            self._people[cues.number] = person
        return person

    def _seen_share(self, track: Track) -> float:
        return float((track.pose.joints[:, 2] > self._rules.seen_above).mean())

    def _elapse(self, person: _Person, track: Track, cues: PersonCues, view: FrameView) -> float:
        """Bring a person up to this frame; return the seconds since the one before."""
        elapsed_s = max(view.at - person.seen_at, 0.0)
        share = -math.expm1(-elapsed_s / self._rules.confidence_s)
        person.confidence += share * (cues.confidence - person.confidence)
        person.seen += share * (self._seen_share(track) - person.seen)
        person.seen_at = view.at
        if person.visit_s + elapsed_s > LONGEST_VISIT_S:
            self._end_visit(person)
        person.visit_s += elapsed_s
        person.frames += 1
        bottom_px = cues.y_px + cues.height_px / 2
        height_px, width_px = max(view.height_px, 1), max(view.width_px, 1)
        parts = (
            cues.confidence,
            cues.height_px / height_px,
            cues.x_px / width_px,
            bottom_px / height_px,
        )
        person.sums = [known + part for known, part in zip(person.sums, parts, strict=True)]
        return elapsed_s

    def _unsure(self, person: _Person, track: Track, view: FrameView) -> Unwatched | None:
        """Return why somebody's joints are no base for a judgement, if they are none."""
        rules = self._rules
        if person.confidence >= rules.confidence and person.seen >= rules.seen_share:
            return None
        return "cut-off" if _is_cut_off(track, view) else "low-confidence"

    def _judge(
        self,
        found: FrameTime,
        person: _Person,
        sample: Samples | None,
        reason: Unwatched | None,
        elapsed_s: float,
    ) -> None:
        """Decide about a person's seconds, or leave that to a later frame."""
        if sample is None or sample.restarts:
            self._break_off(found, person)
            # No window spans the gap, whoever was in it.
            found.unwatched(reason or "too-few-frames", elapsed_s)
            person.poses = 0 if sample is None else len(sample.joints)
            return
        person.poses += len(sample.joints)
        if reason is not None:
            found.unwatched(reason, elapsed_s)
        else:
            person.pending_s += elapsed_s
        if person.poses >= self._rules.frames:
            person.pending_s = 0.0

    def _break_off(self, found: FrameTime, person: _Person) -> None:
        """Let a person's next window begin after this."""
        found.unwatched("too-few-frames", person.pending_s)
        person.pending_s, person.poses = 0.0, 0

    def _leave(self, found: FrameTime, numbers: Collection[int]) -> None:
        for number in numbers:
            if (person := self._people.pop(number, None)) is not None:
                self._break_off(found, person)
                self._end_visit(person)

    def _end_visit(self, person: _Person) -> None:
        if person.visit_s > 0:
            means = [round(each / person.frames, 4) for each in person.sums]
            self._scene.visited(Visit(round(person.visit_s, 2), *means))
        person.visit_s, person.frames, person.sums = 0.0, 0, [0.0] * 4


def _is_cut_off(track: Track, view: FrameView) -> bool:
    """Tell whether a box reaches the edge of the picture."""
    left, top, right, bottom = track.pose.box_px.tolist()
    width_px, height_px = max(view.width_px, 1), max(view.height_px, 1)
    return bool(
        min(left / width_px, top / height_px) < EDGE
        or max(right / width_px, bottom / height_px) > 1 - EDGE
    )
