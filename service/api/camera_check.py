"""Refuses questions about cameras that nobody knows."""

from collections.abc import Iterable

from service.access.principal import Principal
from service.api.dependencies import ApiDependencies
from service.api.problems import Problem
from service.records import AlertFilter
from service.sentences.cameras import NO_SUCH_CAMERA
from tracker.wording import Sentence

SHOWN_CHARACTERS = 64


def require_cameras(
    names: Iterable[str], dependencies: ApiDependencies, principal: Principal
) -> None:
    """Refuse a name that nobody knows, or that the principal may not see.

    Site file, alerts and camera processes are asked.

    An empty answer would look like a quiet camera.

    Raises:
        Problem: there is no such camera.
        StoreUnavailable: Redis, which would know the last of them, did not answer.
    """
    if unknown := unknown_camera(names, dependencies, principal):
        raise Problem(404, "no-such-camera", unknown, pointer="camera")


def unknown_camera(
    names: Iterable[str], dependencies: ApiDependencies, principal: Principal
) -> Sentence | None:
    """Return a sentence about the first name unknown to this principal; None if all are known.

    Raises:
        StoreUnavailable: as of `require_cameras`.
    """
    for name in names:
        if not principal.sees(name) or not _is_known(name, dependencies):
            return NO_SUCH_CAMERA(name=name[:SHOWN_CHARACTERS])
    return None


def _is_known(name: str, dependencies: ApiDependencies) -> bool:
    if name in dependencies.thresholds:
        return True
    # The archive first: it answers while Redis is away.
    past, _ = dependencies.alerts.page(AlertFilter(cameras=(name,)), cursor=None, limit=1)
    return bool(past) or name in dependencies.site_status.cameras()
