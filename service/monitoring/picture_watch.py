"""What becomes of the canary's film behind the cameras, and what follows from it.

The alert loop marks a showing whose fall it decided; here it is settled: passed, or failed with the
stage. A failure is a system event, and holds up the heartbeat.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

import msgspec

from inference.run_steps import run_steps
from service.lifecycle import STORE_BACKOFF
from service.monitoring.picture_remedies import REMEDIES
from service.ports.canary import HIDDEN, CanaryBoard, CanaryShowing, CanaryStage
from service.ports.deciding import CueFeed, ScoreFeed
from service.ports.leases import Leases
from service.ports.telemetry import SiteTelemetry
from service.sentences import events as said
from service.system_events import SystemEvents
from tracker.wording import sentence_of

LEASE = f"{HIDDEN}-watch"
BEGINNING = "0"
# A restart of a worker or an API process may cost one showing; what cameras' networks lose, none.
FAILURES_ELSEWHERE = 2
_ELSEWHERE: tuple[CanaryStage, ...] = ("store", "worker", "decide")
FRESH_SHOWINGS = 2.0  # a pass counts for so many times the time from one showing to the next


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureWatchDependencies:
    """What the watch works with.

    Attributes:
        leases: of its own: one process settles.
        clock: UTC seconds.
        within_s: so long after a showing its fall must be decided and its windows scored.
        wait_s: from one look to the next.
    """

    board: CanaryBoard
    leases: Leases
    feed: ScoreFeed
    cues: CueFeed
    events: SystemEvents
    telemetry: SiteTelemetry
    clock: Callable[[], float] = time.time
    within_s: float = 30.0
    wait_s: float = 2.0


def run_picture_watch(
    dependencies: PictureWatchDependencies,
    stop: Event,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Settle showings until stopped.

    Args:
        clock: monotonic seconds.
    """
    watch = PictureWatch(dependencies, clock)

    def step() -> float:
        watch.step()
        return dependencies.wait_s

    run_steps(
        step,
        stop,
        role="api",
        telemetry=dependencies.telemetry,
        backoff=STORE_BACKOFF,
        release=dependencies.leases.release,
    )


class PictureWatch:
    """The loop's body, one step at a time."""

    def __init__(self, dependencies: PictureWatchDependencies, clock: Callable[[], float]) -> None:
        self._dependencies = dependencies
        self._clock = clock
        self._since_s: dict[str, float] = {}  # by session, when it was first seen on its way

    def step(self) -> None:
        """Settle what can be settled, and say what is wrong.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        dependencies = self._dependencies
        if dependencies.leases.acquire_or_renew([LEASE]):
            self._settle_all(dependencies.board.showings())
            self._tell(dependencies.board.showings())
        self._measure(dependencies.board.showings())

    def _settle_all(self, showings: Sequence[CanaryShowing]) -> None:
        going = [each for each in showings if each.on_its_way]
        begun = {each.session: self._since_s.get(each.session, self._clock()) for each in going}
        self._since_s = begun
        for showing in going:
            stage = self._missing(showing)
            if stage is None:
                self._pass(showing)
            elif self._clock() - begun[showing.session] >= self._dependencies.within_s:
                self._fail(showing, stage)

    def _missing(self, showing: CanaryShowing) -> CanaryStage | None:
        """Return the first stage that has not done its part yet."""
        camera, session = showing.camera, showing.session
        decided = self._dependencies.board.was_found(camera, session)
        scores = self._dependencies.feed.read({camera: BEGINNING}, 0.0).get(camera, [])
        scored = any(
            score.nll is not None and score.person.session == session for _, score in scores
        )
        if decided and scored:
            return None
        cues = self._dependencies.cues.read({camera: BEGINNING}).get(camera, [])
        if not any(each.session == session for _, each in cues):
            return "store"
        return "decide" if scored else "worker"

    def _pass(self, showing: CanaryShowing) -> None:
        now = self._dependencies.clock()
        passed = msgspec.structs.replace(
            showing, state="passed", at=now, passed_at=now, failures=0, reason=""
        )
        if self._dependencies.board.settle(passed):
            self._count(showing, "passed")

    def _fail(self, showing: CanaryShowing, stage: CanaryStage) -> None:
        failed = msgspec.structs.replace(
            showing,
            state="failed",
            at=self._dependencies.clock(),
            stage=stage,
            reason=_REASONS[stage],
            remedy=REMEDIES[stage],
            failures=showing.failures + 1,
        )
        if self._dependencies.board.settle(failed):
            self._count(showing, stage)

    def _count(self, showing: CanaryShowing, result: str) -> None:
        self._dependencies.telemetry.count(
            "picture_canary_showings_total", path=showing.path, result=result
        )

    def _tell(self, showings: Sequence[CanaryShowing]) -> None:
        """Raise what fails, and clear what passes or is gone."""
        events = self._dependencies.events
        wrong = {each.name: each for each in showings if is_reported(each)}
        pending = {each.name for each in showings if each.state in ("waiting", "failed")}
        for name, showing in wrong.items():
            events.raise_(
                "canary-failed",
                said.FALL_LOST(
                    stage=showing.stage or "", name=name, problem=sentence_of(showing.reason)
                ),
                remedy=showing.remedy,
                subject=name,
            )
        for event in events.newest():
            mine = event.type == "canary-failed" and event.subject is not None
            if mine and event.state == "raised" and event.subject not in {*wrong, *pending}:
                events.clear("canary-failed", said.FALL_FOUND_AGAIN(), subject=event.subject)

    def _measure(self, showings: Sequence[CanaryShowing]) -> None:
        telemetry = self._dependencies.telemetry
        failing = sum(each.state == "failed" for each in showings)
        telemetry.gauge("picture_canary_failing", failing)
        passed = [each.passed_at for each in showings if each.passed_at is not None]
        last = min(passed, default=0.0)
        telemetry.gauge("picture_canary_last_success_timestamp_seconds", last)


_REASONS: dict[CanaryStage, str] = {
    "store": "what the camera process sent is not in Redis",
    "worker": "no worker scored the person's movement in time",
    "decide": "the alert loop decided no fall in time",
}


def is_reported(showing: CanaryShowing) -> bool:
    """Tell whether a showing's failure is an event."""
    if showing.state != "failed":
        return False
    return showing.stage not in _ELSEWHERE or showing.failures >= FAILURES_ELSEWHERE


def all_well(showings: Sequence[CanaryShowing], now: float, every_s: float) -> bool:
    """Tell whether a drawn fall is found through every camera process, as far as is known.

    A process that has just started may wait for its first showing while others passed.

    Args:
        every_s: from one showing to the next.
    """
    fresh_from = now - FRESH_SHOWINGS * every_s
    shown = [each for each in showings if each.state != "not-run"]
    known = [each for each in shown if each.passed_at is not None or each.state == "failed"]
    stale = any(each.passed_at is None or each.passed_at < fresh_from for each in known)
    reported = any(is_reported(each) for each in shown)
    return bool(known) and not stale and not reported
