"""What the loop that assigns cameras works with, and how it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event

from service.cameras.lease_guard import LeaseGuard
from service.cameras.plan import CameraPlan, PlanInForce
from service.ports.leases import Claims, Leases, Membership
from service.ports.telemetry import SiteTelemetry
from tracker.validation import require_at_least, require_positive

LEAVE_S = 8.0  # shorter than Kubernetes and Compose let it take to end


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentOptions:
    """How the loop runs; times are wall-clock.

    Attributes:
        round_s: leases are renewed this often, well before they expire.
        look_s: between rounds, whether another process left its cameras is looked up this often.
        retry_s: how soon to retry when Redis does not answer.
        lease_s: life of a lease.
        end_s: how long a camera may take to stop before its lease is released.
        hand_over_s: cameras beyond our share are watched this long until another process has
            opened them.
        leave_s: the same of one that is told to end.
        prepare_s: so long after processes came or went others' cameras are opened for taking them.
    """

    round_s: float = 1.0
    look_s: float = 0.25
    retry_s: float = 0.25
    lease_s: float = 4.0
    end_s: float = 1.5
    hand_over_s: float = 10.0
    leave_s: float = LEAVE_S
    prepare_s: float = 20.0

    def __post_init__(self) -> None:
        require_at_least(self, hand_over_s=0, leave_s=0, prepare_s=0)
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
        claims, prepared: see Succession.
        watch: watches a camera by a plan, behind its guard, until stopped.
        forget: called for a camera that is no longer watched here.
    """

    owner: str
    plans: Callable[[], Mapping[str, CameraPlan]]
    leases: Leases
    claims: Claims
    prepared: Claims
    membership: Membership
    watch: Callable[[PlanInForce, LeaseGuard, Event], None]
    forget: Callable[[str], None]
    telemetry: SiteTelemetry
    options: AssignmentOptions = field(default_factory=AssignmentOptions)
