"""What is saved of a camera's alerts, live and on trial, and what others read in it."""

import msgspec

from inference.calibration.blocks import Block, RunningBlock
from inference.usual_score import UsualScore

BEGINNING = "0"


class SavedState(msgspec.Struct, frozen=True, array_like=True):
    """One camera's entry in the episode store: what a successor continues from.

    Attributes:
        read: entry id of the last score in the state.
        cues_read: the same of its cues; version 0.3 wrote none.
    """

    read: str
    state: bytes
    cues_read: str = BEGINNING


class SavedTrial(msgspec.Struct, frozen=True, array_like=True):
    """One camera's entry in the store of a model on trial.

    Attributes:
        weights: hash of those of the model.
        alerts: their state.
        read, cues_read: as of `SavedState`.
    """

    weights: str
    alerts: bytes
    read: str
    cues_read: str


def read_usual_scores(saved: bytes | None) -> UsualScore | None:
    """Return a camera's ordinary scores from its entry in the episode store; None if it has none.

    Args:
        saved: the entry, of whatever version.
    """
    if saved is None:
        return None
    try:
        state = msgspec.msgpack.decode(saved, type=SavedState).state
        return msgspec.msgpack.decode(state, type=_UsualAlone).usual_score
    except msgspec.MsgspecError:
        return None


def read_running_block(saved: bytes | None) -> Block | None:
    """Return a camera's block that goes on, from its entry in the episode store; None without."""
    if saved is None:
        return None
    try:
        state = msgspec.msgpack.decode(saved, type=SavedState).state
        running = msgspec.msgpack.decode(state, type=_BlocksAlone).blocks
    except msgspec.MsgspecError:
        return None
    return None if running is None or running.number < 0 else running.now()


class _BlocksAlone(msgspec.Struct):
    blocks: RunningBlock | None = None


class _UsualAlone(msgspec.Struct):
    usual_score: UsualScore | None = None
