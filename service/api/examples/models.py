"""Examples of `/models`."""

from collections.abc import Mapping
from typing import Any

from service.api.description import Shape
from service.api.examples.given import AT
from service.api.shapes.models import (
    CameraOfTrial,
    KindOfTrial,
    ModelChange,
    PromotionBody,
    ShadowInfo,
    ShownCard,
    ShownModel,
)

_SHA = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
_MODEL = ShownModel(
    sha256=_SHA,
    name="harbour",
    state="shadow",
    weights="8e35c2cd3bf6641bdb0e2050b76932cbb2e6034a0ddacc1d9bea82a6ba57f7cf",
    card=ShownCard(
        name="harbour",
        frames=24,
        fps=24.0,
        licence="Apache-2.0",
        data="twelve weeks of our own yard",
        threshold=1.65,
    ),
    registered_at=AT,
    author="user 1000",
)
# Any: an example of whatever shape.
MODEL_EXAMPLES: Mapping[Shape, Any] = {
    list[ShownModel]: [_MODEL],
    ShownModel: _MODEL,
    ShadowInfo: ShadowInfo(
        model=_MODEL,
        since=AT,
        windows=812_345,
        compared=801_002,
        rank_correlation=0.93,
        same_side=0.9992,
        only_live=310,
        only_shadow=331,
        cpu_ms_per_window=0.21,
        camera_days=1.2,
        alerts=[
            KindOfTrial(kind="movement", live=2, shadow=1, live_per_day=1.667, shadow_per_day=0.833)
        ],
        cameras=[CameraOfTrial(camera="gate", footage_h=28.8, needed_h=24.0)],
    ),
    PromotionBody: PromotionBody(),
    ModelChange: ModelChange(sha256=_SHA, since=AT + 90_000.0),
}
