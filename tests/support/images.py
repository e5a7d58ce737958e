"""The images that the project builds, and where each role's metrics are served in them."""

from pathlib import Path

from service.config.settings import Settings
from service.roles.camera import CAMERA_METRICS_PORT
from service.roles.worker import WORKER_METRICS_PORT

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "docker" / "posewarden.Dockerfile"
ROLES: dict[str, int] = {
    "camera": CAMERA_METRICS_PORT,
    "worker": WORKER_METRICS_PORT,
    "api": Settings.model_fields["port"].default,
}
