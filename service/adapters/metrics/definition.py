"""What a row of the metrics catalogue is, with the roles and buckets that rows share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from service.metric_names import MetricName

Role: TypeAlias = Literal["camera", "worker", "api", "decide", "up"]

PREFIX = "posewarden_"
# Dense around the latency targets: 0.5 s at the median site, 1 s under load.
LATENCY_S = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0, 10.0)
STAGE_S = (0.0001, 0.0003, 0.001, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0)
# Of a stage of the way to an alert, waiting included: from a tracker's call to a hanging receiver.
PATH_S = (0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
# Of that way, in order; `output` ends beside `socket`.
STAGES = (
    "wait", "pose", "track", "push",
    "queue", "score",
    "decide", "publish", "socket", "output",
)  # fmt: skip
BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)
ROLES: tuple[Role, ...] = ("camera", "worker", "api", "decide")
CAMERA: tuple[Role, ...] = ("camera",)
WORKER: tuple[Role, ...] = ("worker",)
API: tuple[Role, ...] = ("api",)
DECIDE: tuple[Role, ...] = ("decide",)
SITE: tuple[Role, ...] = ("api", "decide")
OF_CAMERA = ("camera",)  # the labels of what is counted for each camera


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table.

    Attributes:
        name: the one on `/metrics` without the prefix.
        roles: whose `/metrics` shows it; `up` is the supervisor of one machine. An API that decides
            by itself shows those of `decide`, too.
        known: the values a label can have, where they are few; such series begin at 0. The
            values of `camera` come from the configuration, those of `role` are `roles`.
        buckets: upper bounds, of a histogram.
        adds_up: the gauge of several processes under `posewarden up` is their sum.
    """

    name: MetricName
    kind: Literal["counter", "gauge", "histogram"]
    roles: tuple[Role, ...]
    labels: tuple[str, ...]
    help: str
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()
    adds_up: bool = False
