"""Examples of what the service says of itself, its events and its canary."""

from collections.abc import Mapping
from typing import Any

from inference.provider_choice import BatchChoice
from service.api.description import Shape
from service.api.examples.given import AT, HASH, MODEL
from service.api.shapes.readiness import Alive, ArchiveState, Readiness, WorkerInfo
from service.ports.canary import CanaryShowing
from service.system_events import SystemEvent

_CHOICES = (BatchChoice(windows=16, provider="CPUExecutionProvider", seconds={"cpu": 0.011}),)
_SYSTEM_EVENT = SystemEvent(
    id="77e0c1d2a3b4f5e6",
    type="no-worker",
    camera=None,
    state="raised",
    at=AT,
    reason="no worker is alive: windows are not scored",
    remedy="start a worker: posewarden worker --config site.yaml",
)
_SHOWING = CanaryShowing(
    process="camera-1-3f9a2c",
    path="yolox",
    state="failed",
    at=AT,
    stage="detect",
    reason="somebody was found in 0 of 20 pictures searched",
    remedy="restart the camera role; if it fails again, fetch the weights anew and look at the "
    "machine's memory: its cameras may see nobody",
    failures=1,
    passed_at=AT - 3600.0,
    worked_s=2.4,
)
READINESS_EXAMPLES: Mapping[Shape, object] = {
    Alive: Alive(),
    dict[str, Any]: {"$schema": "https://json-schema.org/draft/2020-12/schema"},
    list[SystemEvent]: [_SYSTEM_EVENT],
    list[CanaryShowing]: [_SHOWING],
    Readiness: Readiness(
        ready=True,
        reasons=[],
        redis=True,
        model=MODEL,
        wanted_provider="auto",
        batches=_CHOICES,
        workers=[
            WorkerInfo(
                name="w1",
                model=HASH,
                provider="CPUExecutionProvider",
                wanted="auto",
                batches=_CHOICES,
            )
        ],
        deciders=1,
        cameras={"gate": "live"},
        archive=ArchiveState(available=True, reason=None),
    ),
}
