"""From the people tracked in a frame to their cues. One instance per camera session."""

from collections.abc import Sequence

from tracker.cues.body import BodyHistory, BodyMotion
from tracker.cues.pairs import NOBODY, PairHistory, PairMotion
from tracker.cues.stirs import Stir, commotion_of, commotions
from tracker.types import FrameCues, FrameView, PersonCues, Track

LOST_S = 2.0  # somebody not seen for so long is forgotten, as the tracker forgets them


class CueHistory:
    """Remembers everybody's last seconds; forgets those who are gone."""

    def __init__(self) -> None:
        self._bodies: dict[int, BodyHistory] = {}
        self._pairs = PairHistory()

    def add(self, view: FrameView, stirs: Sequence[Stir] | None = None) -> FrameCues:
        """Add what a frame shows; return the cues of everybody tracked in it.

        Args:
            stirs: of people close together, by its picture; None if it has none.
        """
        stirred = None if stirs is None else commotions(stirs)
        tracks = view.tracks
        self._bodies = {
            number: body
            for number, body in self._bodies.items()
            if abs(view.at - body.seen_at) <= LOST_S
        }
        motions = {
            track.person.number: self._bodies.setdefault(track.person.number, BodyHistory()).add(
                track
            )
            for track in tracks
        }
        bodies_px = {number: motion.body_px for number, motion in motions.items()}
        pairs = self._pairs.add(tracks, bodies_px)
        people = tuple(
            _cues(track, motions[number], pairs.get(number, NOBODY), commotion_of(number, stirred))
            for track in tracks
            for number in (track.person.number,)
        )
        return FrameCues(view.camera, view.session, view.seq, view.at, people)


def cues_of_one(track: Track, motion: BodyMotion) -> PersonCues:
    """Return the cues of somebody with nobody beside them and without a picture."""
    return _cues(track, motion, NOBODY, commotion_of(track.person.number, None))


def _cues(track: Track, motion: BodyMotion, pair: PairMotion, commotion: float) -> PersonCues:
    left, top, right, bottom = (float(edge) for edge in track.pose.box_px)
    return PersonCues(
        number=track.person.number,
        other=pair.other,
        x_px=(left + right) / 2,
        y_px=(top + bottom) / 2,
        height_px=bottom - top,
        body_px=motion.body_px,
        confidence=float(track.pose.joints[:, 2].mean()),
        top_speed=motion.top_speed,
        height_lost=motion.height_lost,
        aspect=motion.aspect,
        upright=motion.upright,
        hip_drop=motion.hip_drop,
        speed=motion.speed,
        trunk_speed=motion.trunk_speed,
        apart=pair.apart,
        agitation=pair.agitation,
        strike=pair.strike,
        shove=pair.shove,
        commotion=commotion,
        legs_upright=motion.legs_upright,
    )
