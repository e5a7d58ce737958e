"""Runs the targets of a site, in the process that holds the lease."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from inference.run_steps import run_steps
from service.config.outputs.any_output import AnyOutputSettings
from service.lifecycle import STORE_BACKOFF
from service.outputs.delivery_ports import LEASE, DeliveryArchive, OutboxStore
from service.outputs.plan import Plan
from service.outputs.plans import plans_of
from service.outputs.ports import Output
from service.outputs.target import Target
from service.ports.leases import Leases
from service.ports.telemetry import SiteTelemetry
from tracker.errors import StoreUnavailable
from tracker.validation import require_positive

log = logging.getLogger(__name__)
RECORDS_PER_STEP = 200
KEPT_S = 90 * 86_400.0  # records about the service itself; those of alerts go with them
FORGET_EVERY_S = 3600.0
RELEASE_WITHIN_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxOptions:
    """How the loops run; times are wall-clock.

    Attributes:
        renew_s: the lease is renewed this often, well within its life.
        life_s: it is ours for so long after it was asked for, if nobody renews it.
        record_s: the archive gets new records this often.
    """

    renew_s: float = 1.0
    record_s: float = 0.2
    life_s: float = 4.0

    def __post_init__(self) -> None:
        require_positive(self, "renew_s", "record_s", "life_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxDependencies:
    """What the outbox works with.

    Attributes:
        lease: who delivers; its one name is `LEASE`.
        outputs: those that hold now.
        build: makes the output and the target of a plan, which asks before it sends whether it
            may.
        role: of this process, as metrics name it.
        clock: UTC seconds.
        uptime: monotonic seconds, which go on while the process hangs.
    """

    lease: Leases
    store: OutboxStore
    archive: DeliveryArchive
    outputs: Callable[[], Sequence[AnyOutputSettings]]
    build: Callable[[Plan, Callable[[], bool]], tuple[Output, Target]]
    telemetry: SiteTelemetry
    role: str = "api"
    clock: Callable[[], float] = time.time
    uptime: Callable[[], float] = time.monotonic
    options: OutboxOptions = field(default_factory=OutboxOptions)


def run_outbox(dependencies: OutboxDependencies, stop: threading.Event) -> None:
    """Deliver until stopped, however often Redis fails; then free the lease.

    Raises:
        RuntimeError: a bug ended a target's loop.
    """
    outbox = Outbox(dependencies)

    def release() -> None:
        outbox.stop()
        # A successor would send again what is on its way: without us it waits some seconds.
        if outbox.is_idle_within(RELEASE_WITHIN_S):
            dependencies.lease.release()

    try:
        run_steps(
            outbox.step,
            stop,
            role=dependencies.role,
            telemetry=dependencies.telemetry,
            backoff=STORE_BACKOFF,
            release=release,
        )
    finally:
        outbox.stop()


class Outbox:
    """Holds the lease, and keeps one thread for each target; one more carries records."""

    def __init__(self, dependencies: OutboxDependencies) -> None:
        self._dependencies = dependencies
        self._running: dict[str, _TargetThread] = {}
        self._ending: list[_TargetThread] = []
        self._recorder: _RecorderThread | None = None
        self._outputs: tuple[AnyOutputSettings, ...] | None = None
        self._held_until = 0.0

    def step(self) -> float:
        """Renew the lease; start and end targets as the settings say; return how long to rest.

        Raises:
            StoreUnavailable: Redis did not answer: the lease may be another's.
            RuntimeError: a bug ended a target's loop.
        """
        dependencies = self._dependencies
        asked_at = dependencies.uptime()
        try:
            held = bool(dependencies.lease.acquire_or_renew([LEASE]))
        except StoreUnavailable:
            self.stop()
            raise
        if not held or dependencies.uptime() >= self._held_until:
            # After a hang another process may have delivered meanwhile: all begin anew.
            self.stop()
        if not held:
            return dependencies.options.renew_s
        self._held_until = asked_at + dependencies.options.life_s
        self._check()
        if self._recorder is None:
            self._recorder = _RecorderThread(dependencies, self._holds)
            self._recorder.start()
        self._reconcile()
        return dependencies.options.renew_s

    def stop(self) -> None:
        """End all targets; who is sending finishes that, and keeps nothing without the lease."""
        self._end(list(self._running))
        self._outputs = None
        if self._recorder is not None:
            self._recorder.ended.set()
            self._recorder = None

    def is_idle_within(self, within_s: float) -> bool:
        """Wait until nobody sends any more; False if somebody still does."""
        end_s = time.monotonic() + within_s
        for thread in self._ending:
            thread.join(max(0.0, end_s - time.monotonic()))
        return not any(thread.is_alive() for thread in self._ending)

    def _check(self) -> None:
        threads = [*self._running.values(), *self._ending]
        failed = [thread.name for thread in threads if thread.failed]
        if self._recorder is not None and self._recorder.failed:
            failed.append(self._recorder.name)
        if failed:
            raise RuntimeError(f"{', '.join(failed)} failed; see the log above")

    def _reconcile(self) -> None:
        outputs = tuple(self._dependencies.outputs())
        self._ending = [thread for thread in self._ending if thread.is_alive()]
        if outputs != self._outputs:
            # Escalations lead from one to another: whatever changed, all begin with new plans.
            self._end(list(self._running))
            self._outputs = outputs
        plans = plans_of(outputs)
        gone = set(self._dependencies.store.targets()) - plans.keys()
        if gone:
            self._dependencies.store.forget(sorted(gone))
        ending = {thread.target_name for thread in self._ending}
        for name in plans.keys() - self._running.keys() - ending:
            self._start(plans[name])

    def _holds(self, ended: threading.Event) -> bool:
        """Tell whether the lease is surely ours, for a thread that has not been ended."""
        return not ended.is_set() and self._dependencies.uptime() < self._held_until

    def _start(self, plan: Plan) -> None:
        ended = threading.Event()
        output, target = self._dependencies.build(plan, partial(self._holds, ended))
        thread = _TargetThread(plan.settings.name, target, output, self._dependencies, ended)
        self._running[plan.settings.name] = thread
        thread.start()

    def _end(self, names: Sequence[str]) -> None:
        for name in names:
            thread = self._running.pop(name)
            thread.ended.set()
            self._ending.append(thread)


class _TargetThread(threading.Thread):
    """One target's loop; a bug in it is told to the outbox."""

    def __init__(
        self,
        target_name: str,
        target: Target,
        output: Output,
        dependencies: OutboxDependencies,
        ended: threading.Event,
    ) -> None:
        super().__init__(name=f"output {target_name}", daemon=True)
        self.target_name = target_name
        self.ended = ended
        self.failed = False
        self._target = target
        self._output = output
        self._dependencies = dependencies

    def run(self) -> None:
        try:
            run_steps(
                self._target.step,
                self.ended,
                role=self._dependencies.role,
                telemetry=self._dependencies.telemetry,
                backoff=STORE_BACKOFF,
            )
        except Exception:
            log.exception("delivering failed", extra={"output": self.target_name})
            self.failed = True
        finally:
            self._target.end()
            self._output.close()


class _RecorderThread(threading.Thread):
    """Carries records into the archive; while it is away they wait in Redis."""

    def __init__(
        self, dependencies: OutboxDependencies, holds: Callable[[threading.Event], bool]
    ) -> None:
        super().__init__(name="delivery records", daemon=True)
        self.ended = threading.Event()
        self._holds = holds
        self.failed = False
        self._dependencies = dependencies
        self._forget_at = 0.0

    def run(self) -> None:
        try:
            run_steps(
                self._step,
                self.ended,
                role=self._dependencies.role,
                telemetry=self._dependencies.telemetry,
                backoff=STORE_BACKOFF,
            )
        except Exception:
            log.exception("recording deliveries failed")
            self.failed = True

    def _step(self) -> float:
        store, archive = self._dependencies.store, self._dependencies.archive
        records = store.oldest_records(RECORDS_PER_STEP)
        if records:
            archive.put([each for each in records if each.key])
            if not self._holds(self.ended):  # another process may have dropped just these
                return self._dependencies.options.record_s
            store.drop_records(len(records))
        now = self._dependencies.clock()
        if now >= self._forget_at:
            archive.forget_before(now - KEPT_S, RECORDS_PER_STEP)
            self._forget_at = now + FORGET_EVERY_S
        return 0.0 if len(records) == RECORDS_PER_STEP else self._dependencies.options.record_s
