"""The metrics of scoring, beside those of the cameras.

A name that is not here fails in mypy; a test holds the catalogue of metrics to these lists.
"""

from typing import Literal, TypeAlias

from tracker.metric_names import CameraCounter, CameraGauge, CameraHistogram

WorkerCounter: TypeAlias = Literal[
    CameraCounter,
    "windows_dropped_total",
    "windows_scored_total",
    "windows_unscorable_total",
]
WorkerGauge: TypeAlias = Literal[
    CameraGauge,
    "flow_batch_provider_info",
    "flow_batch_seconds",
]
WorkerHistogram: TypeAlias = Literal[
    CameraHistogram,
    "batch_size",
    "capture_to_score_seconds",
]
