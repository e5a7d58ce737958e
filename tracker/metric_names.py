"""The metrics that watching a camera counts, sets or observes.

A name that is not here fails in mypy; a test holds the catalogue of metrics to these lists.
"""

from typing import Literal, TypeAlias

CameraCounter: TypeAlias = Literal[
    "bodies_total",
    "camera_reconnects_total",
    "crops_doubted_total",
    "frames_dropped_total",
    "frames_searched_total",
    "frames_spared_total",
    "frames_total",
    "landmark_runs_total",
    "people_not_watched_total",
    "people_seconds_total",
    "people_unsure_total",
    "people_unwatched_seconds_total",
    "poses_refused_total",
    "samples_dropped_total",
    "scene_blocks_dropped_total",
    "store_errors_total",
    "windows_total",
]
CameraGauge: TypeAlias = Literal[
    "camera_fps",
    "camera_key_frame_interval",
    "camera_last_frame_timestamp_seconds",
    "camera_overloaded",
    "camera_people",
    "camera_people_not_watched",
    "camera_source_fps",
    "camera_up",
    "camera_watched",
    "queue_depth",
    "session_provider_info",
]
CameraHistogram: TypeAlias = Literal[
    "capture_to_push_seconds",
    "stage_duration_seconds",
    "stage_seconds",
]
