"""How showings of the canary's film went: what is kept of them, and the port to it."""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

CanaryState: TypeAlias = Literal["waiting", "passed", "failed", "not-run"]
CanaryPath: TypeAlias = Literal["yolox", "motion", "rtmo", "rtmo-t"]
CanaryStage: TypeAlias = Literal[
    "weights", "detect", "pose", "track", "cues", "store", "worker", "decide"
]
# An underscore is refused in a site's names: cameras that begin so are nobody's.
HIDDEN = "_canary"
# A process that has not said for so long that it lives is gone, and its showings with it.
PROCESS_LIFE_S = 900.0


def is_hidden(camera: str) -> bool:
    """Tell whether a camera is the canary's own."""
    return camera.startswith(HIDDEN)


class CanaryShowing(msgspec.Struct, frozen=True, kw_only=True):
    """The newest showing of the film to one camera process's networks; the JSON of `GET /canary`.

    Attributes:
        process: the camera process.
        path: by which networks people are found: YOLOX, motion, RTMO-s or RTMO-t.
        state: `waiting` until it is decided; `not-run`: it could not be shown, which is no pass.
        at: since when it is so, UTC seconds.
        stage: where the person who is shown was lost.
        failures: showings in a row that failed.
        session: of the hidden camera, once the poses went on to the workers; empty before.
        passed_at: when a showing passed last.
        worked_s: how long the networks took for the film.
    """

    process: str
    path: CanaryPath
    state: CanaryState
    at: float
    stage: CanaryStage | None = None
    reason: str = ""
    remedy: str = ""
    failures: int = 0
    session: str = ""
    passed_at: float | None = None
    worked_s: float | None = None

    @property
    def name(self) -> str:
        """The process and the networks."""
        return f"{self.process}/{self.path}"

    @property
    def camera(self) -> str:
        """The camera that nobody configured."""
        return f"{HIDDEN}-{self.process}-{self.path}"

    @property
    def on_its_way(self) -> bool:
        """Whether its poses were sent, and what became of them is not known."""
        return self.state == "waiting" and self.session != ""


class CanaryBoard(Protocol):
    """The newest showing to each process's networks.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def put(self, showing: CanaryShowing) -> None:
        """Keep a process's own showing, for as long as the process says that it lives."""
        ...

    def keep(self, process: str) -> None:
        """Say that a process lives: what is kept of it stays for PROCESS_LIFE_S."""
        ...

    def leave(self, process: str) -> None:
        """Forget a process that ends."""
        ...

    def settle(self, showing: CanaryShowing) -> bool:
        """Replace a showing that is on its way; False if the process has put another meanwhile."""
        ...

    def showings(self) -> Sequence[CanaryShowing]:
        """Return what is kept, by name."""
        ...

    def found(self, camera: str, session: str) -> None:
        """Say that the fall in a showing was decided."""
        ...

    def was_found(self, camera: str, session: str) -> bool:
        """Tell whether it was."""
        ...
