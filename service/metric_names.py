"""All metrics of a site: those of the service itself, of scoring and of the cameras.

A name that is not here fails in mypy; a test holds the catalogue of metrics to these lists.
"""

from typing import Literal, TypeAlias

from inference.metric_names import WorkerCounter, WorkerGauge, WorkerHistogram

SiteCounter: TypeAlias = Literal[
    WorkerCounter,
    "acts_total",
    "alert_events_trimmed_total",
    "alert_poses_lost_total",
    "alerts_outside_zones_total",
    "alerts_snoozed_total",
    "alerts_total",
    "alerts_trimmed_total",
    "alerts_unsure_total",
    "archive_alerts_written_total",
    "archive_errors_total",
    "archive_gaps_total",
    "archive_pose_frames_total",
    "archive_poses_incomplete_total",
    "archive_removed_total",
    "audit_entries_dropped_total",
    "audit_entries_total",
    "canary_attempts_total",
    "canary_failures_total",
    "claims_taken_over_total",
    "clock_steps_total",
    "deliveries_total",
    "delivery_records_lost_total",
    "entries_malformed_total",
    "redis_cpu_seconds_total",
    "role_cpu_seconds_total",
    "role_restarts_total",
    "score_requests_dropped_total",
    "score_requests_total",
    "movement_abstained_total",
    "scores_ignored_total",
    "windows_dead_total",
    "ws_dropped_total",
]
SiteGauge: TypeAlias = Literal[
    WorkerGauge,
    "arming_mode_info",
    "archive_lag_seconds",
    "archive_size_bytes",
    "archive_up",
    "audit_entries_waiting",
    "build_info",
    "camera_armed",
    "camera_last_score_timestamp_seconds",
    "cameras_held",
    "canary_last_success_timestamp_seconds",
    "output_failing",
    "output_lag_seconds",
    "redis_memory_bytes",
    "redis_memory_limit_bytes",
    "redis_up",
    "redis_writable",
    "role_memory_bytes",
    "role_start_timestamp_seconds",
    "score_drift_ratio",
    "snoozes",
    "score_requests_waiting",
    "site_version",
    "stream_lag",
    "stream_length",
    "stream_pending",
    "workers",
    "ws_clients",
]
SiteHistogram: TypeAlias = Literal[
    WorkerHistogram,
    "canary_round_trip_seconds",
    "capture_to_delivered_seconds",
    "capture_to_alert_seconds",
]
MetricName: TypeAlias = Literal[SiteCounter, SiteGauge, SiteHistogram]
