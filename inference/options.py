"""What can be tuned in the worker process, each range beside its field."""

from dataclasses import dataclass

from tracker.validation import require_at_least, require_positive
from tracker.weights.onnx_session import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOptions:
    """Where the flow runs.

    Attributes:
        provider: ``auto`` takes CUDA where it works; ``cuda`` warns where it does not.
        threads: of one scoring call on the CPU; the flow is too small to gain from many.
    """

    provider: Provider = "auto"
    threads: int = 1

    def __post_init__(self) -> None:
        require_at_least(self, threads=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """How the worker loop takes windows and waits.

    Attributes:
        batch: most windows scored in one call.
        requests: most requests for a score answered together; the others spread over workers.
        wait_s: how long one take waits for the first window; also how fast the loop can stop.
        rest_s: after a batch it rests this long, so that under load batches grow, not their number.
        backoff_s: the first wait after the store did not answer; doubles from then on.
        longest_backoff_s: where doubling ends.
        wanted: the provider that was configured, told beside the one really in use.
    """

    batch: int = 256
    requests: int = 16
    wait_s: float = 0.5
    rest_s: float = 0.005
    backoff_s: float = 0.1
    longest_backoff_s: float = 5.0
    wanted: Provider = "auto"

    def __post_init__(self) -> None:
        require_at_least(self, batch=1, requests=1, rest_s=0)
        require_positive(self, "wait_s", "backoff_s")
        if self.longest_backoff_s < self.backoff_s:
            raise ValueError(
                f"longest_backoff_s is {self.longest_backoff_s}; "
                f"it must be at least backoff_s, {self.backoff_s}"
            )
