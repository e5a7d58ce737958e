"""How the cameras of a process share the machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.config.settings import Settings
from service.ports.telemetry import NO_TRACES, Traces
from service.roles.connections import (
    build_model_store,
)
from service.roles.monitoring import build_traces
from tracker.camera.fair_scheduler import FairScheduler
from tracker.camera.load_shedding import DetectorThrottle
from tracker.pose.factory import Estimators
from tracker.sources.source_url import carries_poses
from tracker.weights.store import RTMO_WEIGHTS


@dataclass(frozen=True, slots=True)
class CameraResources:
    """How the cameras of a process share the machine.

    Attributes:
        schedulers: by kind of pose estimator.
        processes: how many share the machine's cores, this one included.
        throttle: of the cameras whose estimator detects boxes.
        traces: receives traces for a sample of frames.
    """

    schedulers: Mapping[str, FairScheduler]
    throttle: DetectorThrottle
    traces: Traces = NO_TRACES
    processes: int = 1

    def resize(self, settings: Settings) -> None:
        """Share the machine among the cameras that there are now."""
        slots = _slots(settings, self.processes)
        self.schedulers["blazepose"].resize(slots)
        for kind in RTMO_WEIGHTS:
            self.schedulers[kind].resize(len(settings.cameras))
        self.throttle.resize(slots)


def build_estimators(
    settings: Settings, telemetry: PrometheusTelemetry, processes: int = 1
) -> Estimators:
    """Return what builds the cameras' estimators and holds what they share.

    Args:
        processes: as of CameraResources.
    """
    return Estimators(
        build_model_store(settings),
        telemetry,
        provider=settings.provider,
        cores=max(1, usable_cores() // processes),
        threads=threads_per_camera(settings),
    )


def build_resources(settings: Settings, processes: int = 1) -> CameraResources:
    """Return what shares the machine fairly among the cameras.

    Args:
        processes: as of CameraResources.
    """
    slots = _slots(settings, processes)
    # RTMO takes the frames of all cameras in one batch: waiting for a slot would only shrink it.
    schedulers = {
        "blazepose": FairScheduler(slots),
        **{kind: FairScheduler(max(1, len(settings.cameras))) for kind in RTMO_WEIGHTS},
    }
    traces = build_traces(settings, "camera")
    return CameraResources(schedulers, DetectorThrottle(slots), traces, processes)


def _slots(settings: Settings, processes: int) -> int:
    """Return for how many cameras at a time poses are estimated in this process."""
    return max(1, usable_cores() // threads_per_camera(settings) // processes)


def threads_per_camera(settings: Settings) -> int:
    """Divide the cores among the cameras whose poses must be estimated, in whatever process."""
    pictures = sum(not carries_poses(each.source.get_secret_value()) for each in settings.cameras)
    return max(1, usable_cores() // max(pictures, 1))


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
