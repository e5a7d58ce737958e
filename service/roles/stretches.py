"""Builds what records stretches of people's windows."""

import threading
import time

from inference.card import ModelCard
from inference.run_steps import run_steps
from service.archive.stretch_dependencies import StretchOptions, StretchRecorderDependencies
from service.archive.stretch_queue import StretchQueue
from service.archive.stretch_recorder import StretchRecorder
from service.config.settings import Settings
from service.lifecycle import STORE_BACKOFF
from service.ports.stretches import StretchBounds
from service.roles.archive import SiteArchive
from service.roles.connections import SiteConnection


def stretch_options(settings: Settings) -> StretchOptions:
    """Return the configured bounds."""
    wanted = settings.stretches
    return StretchOptions(
        bounds=StretchBounds(per_hour=wanted.per_hour, near_misses=wanted.near_misses),
        days=wanted.days,
        labelled_days=settings.retention.alerts_days,
        seed=wanted.seed,
    )


def record_stretches(
    site: SiteConnection,
    card: ModelCard,
    archive: SiteArchive,
    queue: StretchQueue,
    stop: threading.Event,
) -> None:
    """Record what this process's alert rules see, until stopped."""
    recorder = StretchRecorder(
        StretchRecorderDependencies(
            queue=queue,
            windows=site.status_store,
            archive=archive.stretches,
            telemetry=site.telemetry,
            fps=card.fps,
            clock=time.monotonic,
            wall_clock=time.time,
            options=stretch_options(site.settings),
        )
    )
    run_steps(
        recorder.step,
        stop,
        role=site.role,
        telemetry=site.telemetry,
        backoff=STORE_BACKOFF,
        release=recorder.close,
    )
