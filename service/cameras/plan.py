"""What a camera process is to do for one camera, and when that needs its stream opened again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.config.camera_settings import CameraSettings
from service.config.effective import EffectiveSite
from tracker.ports import StatusStore
from tracker.types import CameraStatus

# A change of anything else, such as the threshold, is none of the stream's business.
STREAM_SETTINGS = (
    "source",
    "substream",
    "transport",
    "pose",
    "stride",
    "priority",
    "look_every_s",
    "lite_below_px",
    "paused",
    "stills",
)


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """One camera's settings.

    Attributes:
        version: of the site when they were last changed over the API; 0: never.
    """

    settings: CameraSettings
    version: int = 0

    def same_stream(self, other: "CameraPlan") -> bool:
        """Return whether the stream can stay open when the plan changes to another."""
        return self._stream() == other._stream()

    def _stream(self) -> tuple[Any, ...]:  # Any: of as many types as there are settings
        return tuple(getattr(self.settings, name) for name in STREAM_SETTINGS)


@dataclass(slots=True)
class PlanInForce:
    """The plan by which a camera is watched; replaced by one of the same stream."""

    plan: CameraPlan


def camera_plans(site: EffectiveSite) -> Mapping[str, CameraPlan]:
    """Return the plans of all the site's cameras, by name."""
    return {
        camera.name: CameraPlan(camera, site.origin_of(camera.name).version)
        for camera in site.settings.cameras
    }


class VersionedStatusStore(StatusStore):
    """Says in each status by which version of its settings the camera runs."""

    def __init__(self, status_store: StatusStore, plan: PlanInForce) -> None:
        self._status_store = status_store
        self._plan = plan

    def report(self, status: CameraStatus) -> None:
        self._status_store.report(replace(status, version=self._plan.plan.version))
