"""Assigns a site's cameras to its camera processes: each watches those whose lease it holds."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread

from inference.run_steps import run_steps
from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import CameraPlan, PlanInForce
from service.operations.fair_share import FairShare
from service.ports import Leases, Membership, SiteTelemetry
from tracker.backoff import Backoff
from tracker.errors import StoreUnavailable
from tracker.validation import require_positive

log = logging.getLogger(__name__)
JOIN_S = 0.02  # of a camera that still stops, before others are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentOptions:
    """How the loop runs; times are wall-clock.

    Attributes:
        round_s: leases are renewed this often, well before they expire.
        look_s: between rounds, whether another process left its cameras is looked up this often.
        retry_s: how soon to retry when Redis does not answer.
        lease_s: life of a lease.
        end_s: how long a camera may take to stop before its lease is released.
    """

    round_s: float = 1.0
    look_s: float = 0.25
    retry_s: float = 0.25
    lease_s: float = 4.0
    end_s: float = 1.5

    def __post_init__(self) -> None:
        require_positive(self, "round_s", "look_s", "retry_s", "end_s")
        if not self.lease_s > self.round_s + self.end_s:
            raise ValueError(
                f"lease_s is {self.lease_s}; it must be above round_s and end_s together, "
                f"{self.round_s + self.end_s}, or leases run out between renewals"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentDependencies:
    """What the loop works with.

    Attributes:
        owner: this process's name; decides which free camera it asks for first.
        plans: what is to be done for each of the site's cameras, now.
        watch: watches a camera by a plan, behind its guard, until stopped.
        forget: called for a camera that is no longer watched here.
    """

    owner: str
    plans: Callable[[], Mapping[str, CameraPlan]]
    leases: Leases
    membership: Membership
    watch: Callable[[PlanInForce, LeaseGuard, Event], None]
    forget: Callable[[str], None]
    telemetry: SiteTelemetry
    options: AssignmentOptions = field(default_factory=AssignmentOptions)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A camera that is watched here, or whose thread is still stopping."""

    plan: PlanInForce
    guard: LeaseGuard
    stop: Event
    thread: Thread


def assign_cameras(dependencies: AssignmentDependencies, stop: Event) -> None:
    """Watch our share of the cameras until stopped; then free them for the others.

    Cameras survive an outage of the store: the guard closes when the lease expires and opens again
    once the lease is renewed, unless another process was faster.
    """
    assigner, options = CameraAssigner(dependencies), dependencies.options

    def step() -> float:
        assigner.step()
        return min(options.look_s, options.round_s)

    run_steps(
        step,
        stop,
        role="camera",
        telemetry=dependencies.telemetry,
        backoff=Backoff(options.retry_s, options.retry_s),  # soon, before the leases expire
        release=assigner.release_all,
    )


class CameraAssigner:
    """The loop's body, one step at a time.

    Args:
        clock: monotonic seconds.
    """

    def __init__(
        self, dependencies: AssignmentDependencies, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._dependencies = dependencies
        self._share = FairShare(dependencies.owner, dependencies.leases, dependencies.membership)
        self._clock = clock
        self._plans: Mapping[str, CameraPlan] = {}
        self._round_at_s = float("-inf")
        self._watched: dict[str, _Watched] = {}
        self._ending: dict[str, _Watched] = {}

    def step(self) -> None:
        """Do a round when one is due; otherwise only take what another process has left.

        Raises:
            StoreUnavailable: retry soon.
        """
        if self._clock() < self._round_at_s:
            self._look()
        else:
            begun_s = self._clock()
            self._round()
            self._round_at_s = begun_s + self._dependencies.options.round_s
        held = len(self._watched)
        self._dependencies.telemetry.gauge("cameras_held", held, role="camera")

    def _look(self) -> None:
        """Acquire what is free if we have less than an even share, as when a process has left."""
        self._take(self._share.lacking(len(self._plans), len(self._watched)), (), self._plans)

    def _round(self) -> None:
        """Renew our leases, release those beyond our share, take changes, acquire free ones."""
        dependencies = self._dependencies
        plans = self._plans = dependencies.plans()
        share = self._share.of(len(plans))
        self._renew()
        self._give_back([name for name in self._watched if name not in plans])
        self._give_back(list(self._watched)[share:])
        changed = self._change(plans)
        self._take(share - len(self._watched), changed, plans)

    def release_all(self) -> None:
        """Leave, then stop all cameras and free each for the other processes once it has stopped.

        Raises:
            StoreUnavailable: the cameras are stopped; their leases expire by themselves.
        """
        try:
            self._share.leave()  # first, so that the others take what becomes free
            self._free(list(self._watched))
        finally:
            self._stop(list(self._watched))
            self._dependencies.telemetry.gauge("cameras_held", 0, role="camera")
        self._dependencies.leases.release()

    def _give_back(self, surplus: Sequence[str]) -> None:
        """Release cameras: those that came last, for other processes, or that are no more."""
        if not surplus:
            return
        log.info("cameras given back", extra={"cameras": list(surplus)})
        self._free(surplus)

    def _renew(self) -> None:
        mine = list(self._watched)
        asked_s = self._clock()
        held = self._dependencies.leases.acquire_or_renew(mine) if mine else []
        for camera in held:
            self._watched[camera].guard.open(asked_s + self._dependencies.options.lease_s)
        lost = [camera for camera in mine if camera not in held]
        if lost:
            log.warning("cameras lost to other processes", extra={"cameras": lost})
            self._stop(lost)

    def _change(self, plans: Mapping[str, CameraPlan]) -> list[str]:
        """Put changed plans into force; return the cameras that were stopped for it."""
        streams: list[str] = []
        for camera, watched in self._watched.items():
            if watched.plan.plan.same_stream(plans[camera]):
                watched.plan.plan = plans[camera]
            else:
                streams.append(camera)
        if streams:
            log.info("cameras changed: their streams are opened again", extra={"cameras": streams})
            self._stop(streams)
            hanging = [camera for camera in streams if self._ending[camera].thread.is_alive()]
            self._dependencies.leases.release(hanging)  # others need not wait for them
        return streams

    def _take(self, number: int, changed: Sequence[str], plans: Mapping[str, CameraPlan]) -> None:
        """Acquire free cameras, those first that were stopped to be changed."""
        for camera in [name for name, each in self._ending.items() if not each.thread.is_alive()]:
            del self._ending[camera]
        free = plans.keys() - self._watched.keys() - self._ending.keys()
        asked_s = self._clock()
        for camera in self._share.take(free, number, first=changed):
            guard, stop, plan = LeaseGuard(self._clock), Event(), PlanInForce(plans[camera])
            guard.open(asked_s + self._dependencies.options.lease_s)
            watch, name = self._dependencies.watch, f"camera {camera}"
            thread = Thread(target=watch, args=(plan, guard, stop), name=name, daemon=True)
            self._watched[camera] = _Watched(plan, guard, stop, thread)
            thread.start()

    def _free(self, cameras: Sequence[str]) -> None:
        """Stop cameras and release each lease as soon as its camera has stopped.

        Raises:
            StoreUnavailable: all are stopped; the leases that are left expire by themselves.
        """
        failure: StoreUnavailable | None = None
        for stopped in self._stopping(cameras):
            try:
                if failure is None:
                    self._dependencies.leases.release(stopped)
            except StoreUnavailable as err:
                failure = err
        if failure is not None:
            raise failure

    def _stop(self, cameras: Sequence[str]) -> None:
        """Stop cameras in parallel; those that hang keep stopping behind their closed guards."""
        for _ in self._stopping(cameras):
            pass

    def _stopping(self, cameras: Sequence[str]) -> Iterator[list[str]]:
        """Stop cameras in parallel; yield them, behind closed guards, as they stop; then the rest.

        Those that hang keep stopping. From the first step on none of the cameras is watched.
        """
        ending = {camera: self._watched.pop(camera) for camera in cameras}
        self._ending |= ending
        for each in ending.values():
            each.stop.set()
        end_s = time.monotonic() + self._dependencies.options.end_s
        while ending:
            left_s = end_s - time.monotonic()
            next(iter(ending.values())).thread.join(min(max(left_s, 0.0), JOIN_S))
            ended = [
                camera
                for camera, each in ending.items()
                if left_s <= 0 or not each.thread.is_alive()
            ]
            for camera in ended:
                ending.pop(camera).guard.close()
                self._dependencies.forget(camera)
            if ended:
                yield ended
