"""Every metric of the project, from the tables by topic; docs/metrics.md is written from it."""

from service.adapters.metrics.definition import Metric
from service.adapters.metrics.tables.access import ACCESS_METRICS
from service.adapters.metrics.tables.alerts import ALERT_METRICS
from service.adapters.metrics.tables.archive import ARCHIVE_METRICS
from service.adapters.metrics.tables.calibration import CALIBRATION_METRICS
from service.adapters.metrics.tables.cameras import CAMERA_METRICS
from service.adapters.metrics.tables.canary import CANARY_METRICS
from service.adapters.metrics.tables.outputs import OUTPUT_METRICS
from service.adapters.metrics.tables.processes import PROCESS_METRICS
from service.adapters.metrics.tables.redis import REDIS_METRICS
from service.adapters.metrics.tables.workers import WORKER_METRICS

METRICS: tuple[Metric, ...] = (
    *CAMERA_METRICS,
    *WORKER_METRICS,
    *ALERT_METRICS,
    *CALIBRATION_METRICS,
    *OUTPUT_METRICS,
    *ARCHIVE_METRICS,
    *ACCESS_METRICS,
    *CANARY_METRICS,
    *REDIS_METRICS,
    *PROCESS_METRICS,
)
