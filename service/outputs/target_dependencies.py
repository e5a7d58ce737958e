"""What one target works with."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from service.archive.reading import AlertReader
from service.outputs.composer import Composer
from service.outputs.delivered import Delivered
from service.outputs.delivery_ports import DeliveryArchive, OutboxStore
from service.outputs.plan import Plan
from service.outputs.ports import Output
from service.ports.archive import AlertLog
from service.ports.telemetry import SiteTelemetry
from service.system_events import SystemEvents
from tracker.backoff import Backoff

RETRIES = Backoff(first_s=1.0, longest_s=60.0, jitter=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDependencies:
    """What one target works with.

    Attributes:
        reader: alerts as the archive has them.
        archive: records of earlier deliveries.
        events: where it says that it fails.
        delivered: what this process has delivered to all targets.
        clock: UTC seconds, by the clock that writes the ids of the changes: a process whose own
            differs must take nothing for late, nor an alert for unattended too early.
        holds: whether this process surely is the one that delivers.
        wait_s: one read waits this long for events; also how fast it can stop.
    """

    plan: Plan
    output: Output
    composer: Composer
    log: AlertLog
    reader: AlertReader
    store: OutboxStore
    archive: DeliveryArchive
    events: SystemEvents
    telemetry: SiteTelemetry
    clock: Callable[[], float]
    rng: random.Random = field(default_factory=random.Random)
    retries: Backoff = RETRIES
    wait_s: float = 0.5
    holds: Callable[[], bool] = lambda: True
    delivered: Delivered = field(default_factory=Delivered)

    @property
    def name(self) -> str:
        """The target's name."""
        return self.plan.settings.name
