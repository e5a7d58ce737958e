"""What to do where the person of the canary's film was lost."""

from collections.abc import Mapping

from service.ports.canary import CanaryStage

REMEDIES: Mapping[CanaryStage, str] = {
    "weights": "run `posewarden models pull --config site.yaml`, then restart the camera role",
    "detect": "restart the camera role; if it fails again, fetch the weights anew and look at the "
    "machine's memory: its cameras may see nobody",
    "pose": "restart the camera role; if it fails again, fetch the weights anew: its cameras may "
    "recognise nobody",
    "track": "restart the camera role; if it fails again, report it with the version",
    "cues": "restart the camera role; if it fails again, report it with the version",
    "store": "look at Redis: what cameras send does not arrive",
    "worker": "look at the workers: people's movement is not scored in time",
    "decide": "restart the decide role, or the API: it does not decide falls that cameras see",
}
