"""Shows a drawn fall to a camera process's own networks, at its start and every hour.

A camera that sees nobody and one that is blind look the same. The film goes through detector, pose
network, tracking and cues like every picture, then to Redis under a camera that nobody configured:
a worker scores it, the alert loop decides it, and nobody is told but `picture_watch`.
"""

import logging
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from threading import Event

import msgspec

from inference.run_steps import run_steps
from service.lifecycle import STORE_BACKOFF
from service.monitoring.picture_remedies import REMEDIES
from service.ports.canary import HIDDEN, CanaryBoard, CanaryShowing
from service.ports.leases import Leases
from service.ports.telemetry import SiteTelemetry
from tracker.camera.fair_scheduler import Slot
from tracker.camera.film_judge import Fault
from tracker.camera.film_networks import FilmPath, Networks, NotRun, check_weights, paths_of
from tracker.camera.film_run import Showing, send, show
from tracker.errors import ModelMismatch, ModelUnavailable, StoreUnavailable
from tracker.options import WindowOptions
from tracker.ports import WindowStore
from tracker.simulator.film.film import FPS, Film, Shot
from tracker.weights.store import ModelStore

log = logging.getLogger(__name__)

TURN = f"{HIDDEN}-pictures"  # the lease: one process at a time over the whole site
TURN_LIFE_S = 300.0  # a showing on a crowded machine takes minutes
UNUSED = "no camera needs it now"
SOON = "the first showing comes soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCanaryOptions:
    """When the film is shown; wall-clock.

    Attributes:
        every_s: from one showing to the next.
        first_s: from the process's start to its first showing, at least.
        spread_s: processes that start together begin within this time of each other.
        retry_s: after one that failed or could not be shown.
        look_s: how often it is looked what is due.
        pace_s: from one picture to the next, at least.
    """

    every_s: float = 3600.0
    first_s: float = 20.0
    spread_s: float = 20.0
    retry_s: float = 120.0
    look_s: float = 10.0
    pace_s: float = 1 / FPS


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCanaryDependencies:
    """What the canary of a camera process works with.

    Attributes:
        process: its name.
        leases: of its own: the turn among the site's processes.
        models: where the weights are.
        pose_kinds: the settings `pose` of the site's cameras that have pictures, now.
        open_networks: opens a way's networks as a camera that starts now would.
        slot: its turns at pose estimation, among the cameras'.
        film: draws the film, by the seed of its noise.
    """

    process: str
    board: CanaryBoard
    leases: Leases
    models: ModelStore
    pose_kinds: Callable[[], Collection[str]]
    open_networks: Callable[[FilmPath], Networks]
    slot: Callable[[FilmPath], Slot]
    windows: WindowOptions
    window_store: WindowStore
    telemetry: SiteTelemetry
    film: Callable[[int], Iterator[Shot]] = lambda seed: Film(seed).shots()
    clock: Callable[[], float] = time.time
    options: PictureCanaryOptions = field(default_factory=PictureCanaryOptions)


def run_picture_canary(dependencies: PictureCanaryDependencies, stop: Event) -> None:
    """Show the film whenever it is due, until stopped."""
    canary = PictureCanary(dependencies, stop)
    run_steps(
        canary.step,
        stop,
        role="camera",
        telemetry=dependencies.telemetry,
        backoff=STORE_BACKOFF,
        release=canary.leave,
    )


class PictureCanary:
    """The loop's body, one step at a time.

    Args:
        stop: ends a showing between two pictures.
    """

    def __init__(self, dependencies: PictureCanaryDependencies, stop: Event) -> None:
        self._dependencies = dependencies
        self._options = dependencies.options
        self._stop = stop
        spread = zlib.crc32(dependencies.process.encode()) / 2**32
        self._begins_at = dependencies.clock() + self._options.first_s
        self._begins_at += spread * self._options.spread_s
        self._seed = zlib.crc32(dependencies.process.encode())

    def step(self) -> float:
        """Show the film where it is due; return after how many seconds to look again.

        Raises:
            StoreUnavailable: Redis did not answer; what was due stays due.
        """
        dependencies = self._dependencies
        dependencies.board.keep(dependencies.process)
        known = self._known()
        for path in paths_of(dependencies.pose_kinds(), dependencies.models):
            before = known.pop(path, None) or self._announce(path)
            if self._is_due(before):
                self._take_turn(before)
        for unused in known.values():
            if unused.reason != UNUSED:
                self._put(unused, state="not-run", stage=None, reason=UNUSED, remedy="", failures=0)
        return self._options.look_s

    def leave(self) -> None:
        """Forget what this process showed: it ends."""
        self._dependencies.board.leave(self._dependencies.process)

    def _known(self) -> dict[FilmPath, CanaryShowing]:
        showings = self._dependencies.board.showings()
        return {each.path: each for each in showings if each.process == self._dependencies.process}

    def _announce(self, path: FilmPath) -> CanaryShowing:
        now = self._dependencies.clock()
        showing = CanaryShowing(
            process=self._dependencies.process, path=path, state="waiting", at=now, reason=SOON
        )
        self._dependencies.board.put(showing)
        return showing

    def _is_due(self, before: CanaryShowing) -> bool:
        now = self._dependencies.clock()
        if before.reason in (SOON, UNUSED) and before.state != "passed":
            return now >= self._begins_at
        wait_s = self._options.every_s
        if before.state in ("failed", "not-run"):
            wait_s = min(wait_s, self._options.retry_s)
        # Not beyond what a clock that was set back may promise.
        return not before.at <= now < before.at + wait_s

    def _take_turn(self, before: CanaryShowing) -> None:
        leases = self._dependencies.leases
        if not leases.acquire_or_renew([TURN]):
            return
        try:
            self._show(before)
        except StoreUnavailable:
            raise
        except Exception as err:
            # Without this a bug would end the canary, and its silence look like health.
            log.exception("showing the drawn fall failed")
            self._fail(before, Fault("pose", f"internal error: {type(err).__name__}"))
        finally:
            leases.release([TURN])

    def _show(self, before: CanaryShowing) -> None:
        dependencies, path = self._dependencies, before.path
        wrong = check_weights(path, dependencies.models)
        if isinstance(wrong, NotRun):
            return self._not_run(before, wrong)
        if wrong is not None:
            return self._fail(before, wrong)
        try:
            networks = dependencies.open_networks(path)
        except (ModelUnavailable, ModelMismatch) as err:
            return self._fail(before, Fault("weights", str(err)))
        self._watch(before, networks)

    def _watch(self, before: CanaryShowing, networks: Networks) -> None:
        dependencies = self._dependencies
        self._seed += 1
        showing = Showing(
            camera=before.camera,
            windows=dependencies.windows,
            slot=dependencies.slot(before.path),
            pace_s=self._options.pace_s,
            clock=dependencies.clock,
            run=networks.run,
        )
        run = show(dependencies.film(self._seed), networks.estimator, showing, self._stop)
        if run.stopped:
            return
        worked_s = round(run.worked_s, 3)
        dependencies.telemetry.gauge("picture_canary_worked_seconds", worked_s, path=before.path)
        fault = networks.fault()
        if fault is not None:
            return self._fail(before, fault, worked_s)
        send(run.pushes, dependencies.window_store, dependencies.clock())
        session = run.pushes[-1].view.session
        sent = "the fall was seen; a worker and the alert loop have it now"
        self._put(
            before, state="waiting", session=session, worked_s=worked_s, reason=sent, stage=None
        )

    def _not_run(self, before: CanaryShowing, why: NotRun) -> None:
        remedy = REMEDIES["weights"]
        self._put(before, state="not-run", stage=None, reason=why.reason, remedy=remedy)

    def _fail(self, before: CanaryShowing, fault: Fault, worked_s: float | None = None) -> None:
        extra = {"path": before.path, "stage": fault.stage, "reason": fault.reason}
        log.error("the drawn fall was lost", extra=extra)
        self._dependencies.telemetry.count(
            "picture_canary_showings_total", path=before.path, result=fault.stage
        )
        self._put(
            before,
            state="failed",
            stage=fault.stage,
            reason=fault.reason,
            remedy=REMEDIES[fault.stage],
            failures=before.failures + 1,
            worked_s=worked_s,
        )

    def _put(self, before: CanaryShowing, **changes: object) -> None:
        at = self._dependencies.clock()
        changes = {"session": "", "remedy": "", **changes}
        self._dependencies.board.put(msgspec.structs.replace(before, at=at, **changes))
