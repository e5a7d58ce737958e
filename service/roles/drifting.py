"""Builds what watches the site's cameras for drift."""

import threading
import time
from collections.abc import Mapping

from inference.ports import FlowModel
from inference.run_steps import run_steps
from service.adapters.redis.drift import RedisDrift
from service.adapters.redis.keys import Shards
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.scenes import RedisScenes
from service.adapters.redis.system_events import RedisSystemEvents
from service.lifecycle import STORE_BACKOFF
from service.operations.drift import DriftWatch, DriftWatchDependencies
from service.roles.calibrating import build_calibrations, recipe_of
from service.roles.connections import SiteConnection


def build_drift_store(site: SiteConnection) -> RedisDrift:
    """Return where records of drift are kept."""
    return RedisDrift(site.client, telemetry=site.telemetry, shards=site.shards)


def build_drift_watch(site: SiteConnection, model: FlowModel, owner: str) -> DriftWatch:
    """Return what watches for drift.

    Args:
        model: gives the card of the model that scores now.
        owner: the name to hold its lease under.
    """

    def recipes() -> Mapping[str, str]:
        settings = site.watch.current.settings
        return {
            each.name: recipe_of(model.card, settings.alerts, each) for each in settings.cameras
        }

    dependencies = DriftWatchDependencies(
        recipes=recipes,
        scenes=RedisScenes(site.client, telemetry=site.telemetry, shards=site.shards),
        calibrations=build_calibrations(site),
        store=build_drift_store(site),
        events=RedisSystemEvents(site.client, telemetry=site.telemetry, clock=time.time),
        lease=RedisLeases(site.client, owner=owner, key=Shards.archive_lease),
        telemetry=site.telemetry,
        clock=time.time,
    )
    return DriftWatch(dependencies)


def watch_drift(site: SiteConnection, model: FlowModel, owner: str, stop: threading.Event) -> None:
    """Watch all cameras for drift, until stopped.

    Args:
        owner: the name to hold the lease under.
    """
    watch = build_drift_watch(site, model, owner)
    run_steps(watch.step, stop, role=site.role, telemetry=site.telemetry, backoff=STORE_BACKOFF)
