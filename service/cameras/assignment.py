"""Assigns a site's cameras to its camera processes: each watches those whose lease it holds."""

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event, Thread

from inference.run_steps import run_steps
from service.cameras.assignment_dependencies import AssignmentDependencies
from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import CameraPlan, PlanInForce
from service.cameras.succession import Succession, WatchedCamera
from service.operations.fair_share import FairShare
from tracker.backoff import Backoff
from tracker.errors import StoreUnavailable

log = logging.getLogger(__name__)
JOIN_S = 0.02  # of a camera that still stops, before others are looked at
READY_EVERY_S = 0.1  # how often one that ends looks who is ready to take over


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
        self._succession = Succession(
            dependencies.claims,
            dependencies.prepared,
            self._begin,
            guard=lambda: LeaseGuard(clock, silent=True),
        )
        self._round_at_s = self._prepare_until_s = float("-inf")
        self._surplus_since_s = float("inf")
        self._members = 0
        self._watched: dict[str, WatchedCamera] = {}
        self._ending: dict[str, WatchedCamera] = {}

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
        """Acquire what is free if we have less than an even share, as when a process has left.

        What is not free yet is prepared; what is beyond our share goes to those that prepared it.
        """
        lacking = self._share.lacking(len(self._plans), len(self._watched))
        taken = self._take(lacking, (), self._plans)
        self._prepare(lacking - taken)
        self._hand_over(math.ceil(len(self._plans) / self._share.members))

    def _round(self) -> None:
        """Renew our leases, release those beyond our share, take changes, acquire free ones."""
        dependencies = self._dependencies
        plans = self._plans = dependencies.plans()
        share = self._share.of(len(plans))
        self._renew()
        self._give_back([name for name in self._watched if name not in plans])
        self._hand_over(share)
        changed = self._change(plans)
        self._take(share - len(self._watched), changed, plans)

    def release_all(self) -> None:
        """Leave, then stop all cameras and free each for the other processes once it has stopped.

        If there are others, a camera is watched until one of them has opened it, or for too long.

        Raises:
            StoreUnavailable: the cameras are stopped; their leases expire by themselves.
        """
        try:
            self._share.leave()  # first, so that the others take what becomes free
            self._give_up(self._succession.cameras)
            self._wait_for_successors()
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

    def _take(self, number: int, changed: Sequence[str], plans: Mapping[str, CameraPlan]) -> int:
        """Acquire free cameras, stopped and prepared ones first; return how many."""
        for camera in [name for name, each in self._ending.items() if not each.thread.is_alive()]:
            del self._ending[camera]
        asked_s = self._clock()
        held = self._share.take(
            self._not_ours(plans),
            number,
            first={*changed, *self._succession.cameras},
            leave=self._succession.claimed_by_others,
        )
        adopted = []
        for camera in held:
            watched = self._succession.adopt(camera)
            if watched is not None:
                adopted.append(camera)
            else:
                watched = self._begin(plans[camera], LeaseGuard(self._clock))
            watched.guard.open(asked_s + self._dependencies.options.lease_s)
            self._watched[camera] = watched
        self._succession.release(adopted)
        return len(held)

    def _not_ours(self, plans: Mapping[str, CameraPlan]) -> set[str]:
        return plans.keys() - self._watched.keys() - self._ending.keys()

    def _begin(self, plan: CameraPlan, guard: LeaseGuard) -> WatchedCamera:
        stop, in_force, name = Event(), PlanInForce(plan), f"camera {plan.settings.name}"
        arguments = (in_force, guard, stop)
        thread = Thread(target=self._dependencies.watch, args=arguments, name=name, daemon=True)
        thread.start()
        return WatchedCamera(in_force, guard, stop, thread)

    def _prepare(self, lacking: int) -> None:
        """Open what we lack, for a while after processes came or went; give up the rest."""
        now_s, options = self._clock(), self._dependencies.options
        if self._share.members != self._members:
            self._members, self._prepare_until_s = self._share.members, now_s + options.prepare_s
        number = lacking if now_s < self._prepare_until_s else 0
        candidates: Sequence[str] = ()
        if number > len(self._succession.cameras):
            others = self._not_ours(self._plans) - set(self._succession.cameras)
            candidates = self._share.in_parts(others)
        self._ended(self._succession.prepare(number, candidates, self._plans))

    def _give_up(self, cameras: Sequence[str]) -> None:
        self._ended(self._succession.give_up(cameras))

    def _ended(self, cameras: Mapping[str, WatchedCamera]) -> None:
        for camera in cameras:
            self._dependencies.forget(camera)
        self._ending |= cameras

    def _hand_over(self, share: int) -> None:
        """Give back what is beyond our share: to those that prepared it; after a while, anyway."""
        surplus = len(self._watched) - share
        if surplus <= 0:
            self._surplus_since_s = float("inf")
            return
        ready = self._succession.ready_elsewhere(list(self._watched))[:surplus]
        self._give_back(ready)
        surplus -= len(ready)
        self._surplus_since_s = min(self._surplus_since_s, self._clock())
        waited_s = self._clock() - self._surplus_since_s
        if surplus and waited_s >= self._dependencies.options.hand_over_s:
            claimed = self._succession.claimed_by_others(list(self._watched))
            others = [name for name in self._watched if name not in claimed]
            self._give_back([*others, *claimed][-surplus:])

    def _wait_for_successors(self) -> None:
        """Free each camera once another process has opened it, as long as that may take."""
        options, membership = self._dependencies.options, self._dependencies.membership
        end_s = time.monotonic() + options.leave_s
        while self._watched and time.monotonic() < end_s and membership.count():
            self._free(self._succession.ready_elsewhere(list(self._watched)))
            if self._clock() >= self._round_at_s:
                self._round_at_s = self._clock() + options.round_s
                self._renew()
            time.sleep(READY_EVERY_S)

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
