"""What the alert loop works with, and how it runs."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from inference.alert_options import AlertOptions
from inference.calibration.blocks import Block
from inference.ports import FlowModel
from inference.types import Kind
from service.alerts.camera_rules import SiteRules
from service.alerts.decision_recorder import DecisionRecorder
from service.archive.stretch_queue import CameraWatch
from service.operations.fair_share import FairShare
from service.ports.alerts import AlertHistory
from service.ports.deciding import AlertSink, CueFeed, EpisodeStore, ScoreFeed, WindowArchive
from service.ports.leases import DecisionLeases
from service.ports.status import SiteStatus
from service.ports.telemetry import NO_TRACES, SiteTelemetry, Traces
from tracker.validation import require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLoopOptions:
    """How the loop runs; times are wall-clock.

    Attributes:
        renew_s: leases are renewed this often, well within their life.
        look_s: between renewals, whether another process left its cameras is looked up this often.
        wait_s: one read waits this long for scores; also how fast the loop can stop.
        rest_s: after a read it rests this long: many cameras' scores then come in few reads.
        tick_s: how often people and cameras that are gone are looked for.
        camera_gone_s: a camera without a new frame for this long is gone.
    """

    renew_s: float = 1.0
    look_s: float = 0.25
    wait_s: float = 0.2
    rest_s: float = 0.02
    tick_s: float = 0.5
    camera_gone_s: float = 30.0

    def __post_init__(self) -> None:
        require_positive(self, "renew_s", "look_s", "wait_s", "rest_s", "tick_s", "camera_gone_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLoopDependencies:
    """What the loop works with.

    Attributes:
        rules: by which the cameras' alerts are decided now; asked every second.
        forget: called for a camera that is not decided here any more.
        ended: called once all alerts of a deleted camera are closed.
        share: how many of the cameras are this process's, and which.
        flow: explains the windows behind alerts.
        armed: whether a camera's kind may open an alert at a capture time.
        recorder: writes down what each decision followed from; None: nothing is written.
        watch: returns what watches a camera's rules; None: nobody does.
        role: of this process, as metrics name it.
        keep_blocks: stores what a camera's rules, of this recipe, saw in blocks that are over.
        clock: UTC seconds, to measure how long scores wait to be decided.
    """

    rules: Callable[[], SiteRules]
    ended: Callable[[str], None]
    leases: DecisionLeases
    share: FairShare
    feed: ScoreFeed
    cues: CueFeed
    episodes: EpisodeStore
    sink: AlertSink
    history: AlertHistory
    archive: WindowArchive
    site_status: SiteStatus
    flow: FlowModel
    telemetry: SiteTelemetry
    traces: Traces = NO_TRACES
    alerts: AlertOptions = field(default_factory=AlertOptions)
    armed: Callable[[str, Kind, float], bool] = lambda _camera, _kind, _at: True
    keep_blocks: Callable[[str, str, Sequence[Block]], None] = lambda *_: None
    recorder: DecisionRecorder | None = None
    watch: Callable[[str], CameraWatch] | None = None
    role: str = "api"
    forget: Callable[[str], None] = lambda _camera: None
    clock: Callable[[], float] = time.time
    options: AlertLoopOptions = field(default_factory=AlertLoopOptions)
