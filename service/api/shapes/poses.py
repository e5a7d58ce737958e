"""Joints of a body, and the poses of an alert's episode."""

from typing import Annotated, TypeAlias

import msgspec

Joint: TypeAlias = tuple[float, float, float]
Body: TypeAlias = Annotated[list[Joint], msgspec.Meta(min_length=17, max_length=17)]


class EpisodePerson(msgspec.Struct, frozen=True, kw_only=True):
    """One person in a frame: the number of the track, 17 × (x_px, y_px, confidence)."""

    number: int
    joints: list[Joint]


class EpisodeFrame(msgspec.Struct, frozen=True, kw_only=True):
    """The alert's person, who comes first where seen, and those beside, at one time."""

    at: float
    people: list[EpisodePerson]


class EpisodePoses(msgspec.Struct, frozen=True, kw_only=True):
    """The poses of an alert's whole episode.

    Attributes:
        person: number of the alert's person.
        done: nothing more comes.
        complete: nothing was missed.
        thinned_from: since when only one frame a second is kept; None while all are.
        frames: in the order of time.
    """

    alert: str
    camera: str
    person: int
    width_px: int
    height_px: int
    done: bool
    complete: bool
    thinned_from: float | None
    frames: list[EpisodeFrame]
