"""Builds the canary that goes through the picture, in a camera process.

Apart from `pictures`, which the API loads, too: it must not load networks and tracking.
"""

from collections.abc import Callable
from functools import partial

from inference.card import ModelCard
from service.adapters.redis.leases import RedisLeases
from service.adapters.redis.window_store import RedisWindowStore
from service.monitoring.picture_canary import (
    TURN_LIFE_S,
    PictureCanaryDependencies,
    PictureCanaryOptions,
)
from service.roles.connections import SiteConnection, build_model_store
from service.roles.pictures import build_board, pose_kinds
from tracker.camera.fair_scheduler import FairScheduler, Slot
from tracker.camera.film_networks import FilmPath, Networks, build_networks
from tracker.detection.key_frames import every_frame
from tracker.options import WindowOptions
from tracker.ports import PoseEstimator

# As a camera's: with less, a showing beside dozens of cameras would take an hour.
WEIGHT = 1.0


def build_picture_canary(
    site: SiteConnection,
    card: ModelCard,
    owner: str,
    scheduler: Callable[[FilmPath], FairScheduler],
    *,
    rtmo: Callable[[str], PoseEstimator],
    key_frame_interval: Callable[[], int] = every_frame,
) -> PictureCanaryDependencies:
    """Return what the canary of a camera process works with.

    Args:
        owner: the process's name.
        scheduler: shares the machine among the cameras that find people so.
        rtmo: returns the network that the cameras share.
    """
    models = build_model_store(site.settings)

    def open_networks(path: FilmPath) -> Networks:
        return build_networks(path, models, rtmo=rtmo, key_frame_interval=key_frame_interval)

    def slot(path: FilmPath) -> Slot:
        return scheduler(path).patient_slot(WEIGHT)

    return PictureCanaryDependencies(
        process=owner,
        board=build_board(site),
        leases=RedisLeases(site.client, owner=owner, life_s=TURN_LIFE_S, shards=site.shards),
        models=models,
        pose_kinds=partial(pose_kinds, site),
        open_networks=open_networks,
        slot=slot,
        windows=WindowOptions(frames=card.frames, fps=card.fps),
        window_store=RedisWindowStore(
            site.client, frames=card.frames, telemetry=site.telemetry, shards=site.shards
        ),
        telemetry=site.telemetry,
        options=PictureCanaryOptions(every_s=site.settings.canary.every_s),
    )
