"""Builds what judges the canary that goes through the picture, behind the camera processes."""

import threading
import time
from functools import partial

from inference.card import ModelCard
from inference.kinds.watch import KindOptions
from inference.rarity import alert_threshold, kind_rates
from service.adapters.redis.camera_keys import forget_camera
from service.adapters.redis.canary_board import RedisCanaryBoard
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.scores import RedisCueFeed, RedisScoreFeed
from service.adapters.redis.system_events import RedisSystemEvents
from service.alerts.camera_rules import CameraRules
from service.alerts.hidden_cameras import HiddenCameras, deciding_hidden
from service.alerts.loop_dependencies import AlertLoopDependencies
from service.lifecycle import process_name
from service.monitoring.picture_watch import (
    PictureWatchDependencies,
    all_well,
    run_picture_watch,
)
from service.roles.connections import SiteConnection
from service.roles.threads import start_thread
from tracker.sources.source_url import carries_poses


def build_board(site: SiteConnection) -> RedisCanaryBoard:
    """Return where showings of the drawn fall are kept."""
    return RedisCanaryBoard(site.client, telemetry=site.telemetry, clock=time.time)


def pose_kinds(site: SiteConnection) -> frozenset[str]:
    """Return the settings `pose` of the site's cameras whose people are found in pictures now."""
    return frozenset(
        camera.pose
        for camera in site.watch.current.settings.cameras
        if not camera.paused and not carries_poses(camera.source.get_secret_value())
    )


def with_hidden_cameras(
    site: SiteConnection, card: ModelCard, dependencies: AlertLoopDependencies
) -> AlertLoopDependencies:
    """Let the alert loop decide the canary's cameras, too, unless it is off."""
    if not site.settings.canary.pictures:
        return dependencies
    threshold = alert_threshold(card, site.settings.alerts.rarity_hours)
    kinds = KindOptions(enabled=("fall",), rates=kind_rates(card))
    rules = CameraRules(threshold=threshold or 0.0, kinds=kinds)
    board = build_board(site)

    def forget(camera: str) -> None:
        forget_camera(site.client, site.shards, camera)
        site.telemetry.forget_camera(camera)

    return deciding_hidden(dependencies, board, HiddenCameras(board, rules, forget))


def watch_pictures(site: SiteConnection, stop: threading.Event) -> None:
    """Settle what camera processes show, in a thread, unless the canary is off."""
    if site.settings.canary.pictures:
        watch = partial(run_picture_watch, build_picture_watch(site), stop)
        start_thread("picture watch", watch)


def build_picture_watch(site: SiteConnection) -> PictureWatchDependencies:
    """Return what settles showings."""
    client, telemetry, shards = site.client, site.telemetry, site.shards
    return PictureWatchDependencies(
        board=build_board(site),
        leases=RedisLeases(client, owner=process_name(), shards=shards),
        feed=RedisScoreFeed(client, telemetry=telemetry, shards=shards),
        cues=RedisCueFeed(client, telemetry=telemetry, shards=shards),
        events=RedisSystemEvents(client, telemetry=telemetry, clock=time.time),
        telemetry=telemetry,
    )


def pictures_pass(site: SiteConnection) -> bool:
    """Tell whether drawn falls are found, or need not be.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    canary = site.settings.canary
    if not canary.pictures or not pose_kinds(site):
        return True
    return all_well(build_board(site).showings(), time.time(), canary.every_s)
