"""What several examples show: a moment, a body that stands, a model."""

from service.api.shapes.poses import Body
from service.api.shapes.scores import (
    ModelInfo,
)

AT = 1_796_000_000.0
HASH = "3f1a" * 16
# Somebody who stands, 17 × (x_px, y_px, confidence).
BODY: Body = [
    (320.0, 110.0, 0.97),
    (326.0, 104.0, 0.96),
    (314.0, 104.0, 0.96),
    (333.0, 107.0, 0.91),
    (307.0, 107.0, 0.92),
    (345.0, 150.0, 0.98),
    (295.0, 150.0, 0.98),
    (352.0, 200.0, 0.95),
    (288.0, 200.0, 0.95),
    (355.0, 245.0, 0.93),
    (285.0, 245.0, 0.92),
    (337.0, 255.0, 0.98),
    (303.0, 255.0, 0.98),
    (338.0, 335.0, 0.96),
    (302.0, 335.0, 0.96),
    (339.0, 410.0, 0.94),
    (301.0, 410.0, 0.94),
]
MODEL = ModelInfo(
    hash=HASH, name="site", frames=24, fps=24.0, provider="CPUExecutionProvider", threshold=2.3
)
