"""Sends simulated people through the real pipeline, so that silence proves calm, not a failure.

Once a minute the process that holds the canary's lease pushes two windows as a camera would: of a
person who walks and of one who runs. A worker scores them like all others; both scores must come
back in time, the runner's higher. The canary's camera belongs to no site and no alert loop reads
its scores, so that it never becomes an alert.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from inference.card import ModelCard
from inference.run_steps import run_steps
from inference.types import Score
from service.lifecycle import STORE_BACKOFF
from service.ports.deciding import ScoreFeed
from service.ports.leases import Leases
from service.ports.status import SiteStatus
from service.ports.telemetry import SiteTelemetry
from tracker.errors import StoreUnavailable
from tracker.ports import WindowStore
from tracker.simulator.crowd import Event as SimulatedEvent
from tracker.simulator.source import Simulation, simulate
from tracker.types import Float32, FrameView, PersonId, Samples

log = logging.getLogger(__name__)

CAMERA = "_canary"  # an underscore is refused in a site's names
WALKER, RUNNER = 1, 2
# The simulated person of this seed walks first and runs across the picture from second 3 on.
SEED, RUNS_AT_S, RUNNING_AT_S = 4, 3.0, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryOptions:
    """Period and time-outs; wall-clock.

    Attributes:
        every_s: from one pair to the next.
        within_s: both scores must come within this time.
        wait_s: one step waits this long for scores; also how fast the loop can stop.
    """

    every_s: float = 60.0
    within_s: float = 10.0
    wait_s: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryDependencies:
    """What the canary works with.

    Attributes:
        leases: of its own, because it holds none of the site's cameras.
        card: of the model; gives the windows' length and rate.
        clock: UTC seconds, by which windows are captured.
        passed: called when a pair came back right.
        failed: called with what went wrong when one did not.
    """

    window_store: WindowStore
    feed: ScoreFeed
    leases: Leases
    site_status: SiteStatus
    card: ModelCard
    telemetry: SiteTelemetry
    clock: Callable[[], float] = time.time
    passed: Callable[[], None] = lambda: None
    failed: Callable[[str], None] = lambda _text: None
    options: CanaryOptions = field(default_factory=CanaryOptions)


@dataclass(slots=True)
class _Pair:
    """Two windows on their way."""

    session: str
    sent_s: float
    scores: dict[int, Score] = field(default_factory=dict)


def run_canary(
    dependencies: CanaryDependencies, stop: Event, clock: Callable[[], float] = time.monotonic
) -> None:
    """Send pairs and check their scores until stopped.

    Args:
        clock: monotonic seconds.
    """
    canary = Canary(dependencies, clock)
    run_steps(
        lambda: 0.0 if canary.step() else dependencies.options.wait_s,
        stop,
        role="api",
        telemetry=dependencies.telemetry,
        backoff=STORE_BACKOFF,
        release=dependencies.leases.release,
    )


class Canary:
    """The loop's body, one step at a time."""

    def __init__(self, dependencies: CanaryDependencies, clock: Callable[[], float]) -> None:
        self._dependencies = dependencies
        self._clock = clock
        self._poses = poses(dependencies.card)
        self._pair: _Pair | None = None
        self._due_s = float("-inf")
        self._read = "0"
        self._sent = 0

    def step(self) -> bool:
        """Renew the lease, send a pair when it is due, check the one on its way; False if idle.

        Raises:
            StoreUnavailable: a pair on its way has failed.
        """
        try:
            if not self._dependencies.leases.acquire_or_renew([CAMERA]):
                self._pair = None
                return False
            if self._pair is not None:
                self._receive(self._pair)
                return True
            return self._is_due() and self._send()
        except StoreUnavailable as err:
            if self._pair is not None:
                self._fail("store", str(err))
            raise

    def _is_due(self) -> bool:
        # At a site's start the API may be up long before the first worker.
        return self._clock() >= self._due_s and (
            self._sent > 0 or bool(self._dependencies.site_status.workers())
        )

    def _send(self) -> bool:
        dependencies, at, now = self._dependencies, self._dependencies.clock(), self._clock()
        self._sent += 1
        self._due_s = now + dependencies.options.every_s
        self._pair = _Pair(f"{at:.3f}", now)
        dependencies.telemetry.count("canary_attempts_total")
        view = FrameView(CAMERA, self._pair.session, self._sent, at, 0, 0, ())
        samples = [
            Samples(
                PersonId(CAMERA, self._pair.session, number), self._sent, at, joints, True, True
            )
            for number, joints in zip((WALKER, RUNNER), self._poses, strict=True)
        ]
        dependencies.window_store.push(view, samples)
        return True

    def _receive(self, pair: _Pair) -> None:
        found = self._dependencies.feed.read(
            {CAMERA: self._read}, self._dependencies.options.wait_s
        )
        for entry, score in found.get(CAMERA, ()):
            self._read = entry
            if score.person.session == pair.session:
                pair.scores[score.person.number] = score
        if len(pair.scores) == 2:
            self._check(pair)
        elif self._clock() - pair.sent_s > self._dependencies.options.within_s:
            self._fail("late", f"{len(pair.scores)} of 2 scores came in time")

    def _check(self, pair: _Pair) -> None:
        walker, runner = pair.scores[WALKER].nll, pair.scores[RUNNER].nll
        if walker is None or runner is None:
            return self._fail("unscorable", "a simulated window has no score")
        if walker >= runner:
            return self._fail("order", f"walking scores {walker:.2f}, running {runner:.2f}")
        telemetry = self._dependencies.telemetry
        telemetry.gauge("canary_last_success_timestamp_seconds", self._dependencies.clock())
        telemetry.observe("canary_round_trip_seconds", self._clock() - pair.sent_s)
        self._pair = None
        self._dependencies.passed()

    def _fail(self, reason: str, text: str) -> None:
        self._pair = None
        self._dependencies.telemetry.count("canary_failures_total", reason=reason)
        log.error("canary failed", extra={"reason": reason, "text": text})
        if reason != "store":  # then nothing can be said there either
            self._dependencies.failed(text)


def poses(card: ModelCard) -> tuple[Float32, Float32]:
    """Return a window of a walking person and one of a running person, (T, 17, 3) each."""
    play = Simulation(
        people=1, fps=card.fps, seed=SEED, noise=0.0, events=(SimulatedEvent("run", RUNS_AT_S),)
    )
    joints = simulate(play, RUNNING_AT_S + (card.frames + 1) / card.fps).joints[:, 0]
    running = round(RUNNING_AT_S * card.fps)
    return joints[: card.frames], joints[running : running + card.frames]
