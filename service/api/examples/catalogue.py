"""An example of each body and answer, for the OpenAPI document; mypy and a test hold them valid."""

from collections.abc import Mapping

from service.api.description import Shape
from service.api.examples.about import ABOUT_EXAMPLES
from service.api.examples.access import ACCESS_EXAMPLES
from service.api.examples.alerts import ALERT_EXAMPLES
from service.api.examples.arming import ARMING_EXAMPLES
from service.api.examples.calibration import CALIBRATION_EXAMPLES
from service.api.examples.cameras import CAMERA_EXAMPLES
from service.api.examples.models import MODEL_EXAMPLES
from service.api.examples.near_misses import NEAR_EXAMPLES
from service.api.examples.outputs import OUTPUT_EXAMPLES
from service.api.examples.readiness import READINESS_EXAMPLES
from service.api.examples.scenes import SCENE_EXAMPLES
from service.api.examples.scores import SCORE_EXAMPLES

EXAMPLES: Mapping[Shape, object] = {
    **ABOUT_EXAMPLES,
    **ACCESS_EXAMPLES,
    **ALERT_EXAMPLES,
    **ARMING_EXAMPLES,
    **CALIBRATION_EXAMPLES,
    **CAMERA_EXAMPLES,
    **MODEL_EXAMPLES,
    **NEAR_EXAMPLES,
    **OUTPUT_EXAMPLES,
    **READINESS_EXAMPLES,
    **SCENE_EXAMPLES,
    **SCORE_EXAMPLES,
}
