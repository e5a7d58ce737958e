"""Examples of what is said of outputs and their deliveries."""

from collections.abc import Mapping

from service.api.description import Shape
from service.api.examples.given import AT
from service.api.shapes.outputs import (
    DeliveryPage,
    NewOutput,
    OutputChanges,
    OutputDetail,
    OutputState,
    TestAnswer,
)
from service.outputs.records import DeliveryRecord

_DETAIL = OutputDetail(
    name="desk",
    type="webhook",
    receiver="https://desk.example.org",
    enabled=True,
    origin="api",
    version=3,
    settings={"type": "webhook", "url": "**********", "kinds": ["fall", "fight"]},
    state=OutputState(delivered_at=AT),
)
_DELIVERY = DeliveryRecord(
    output="desk",
    key="8c1f0d3a-1",
    alert="8c1f0d3a",
    event="opened",
    state="delivered",
    attempts=1,
    at=AT,
    delivered_at=AT + 0.2,
    answer="204 No Content",
)
OUTPUT_EXAMPLES: Mapping[Shape, object] = {
    NewOutput: {
        "name": "desk",
        "type": "webhook",
        "url": "https://desk.example.org/posewarden",
        "kinds": ["fall", "fight"],
    },
    OutputChanges: {"cooldown_s": 300, "enabled": True},
    OutputDetail: _DETAIL,
    list[OutputDetail]: [_DETAIL],
    TestAnswer: TestAnswer(delivered=True, answer="204 No Content"),
    list[DeliveryRecord]: [_DELIVERY],
    DeliveryPage: DeliveryPage(deliveries=[_DELIVERY], next=None),
}
