"""What is promised of false alarms, what came of it, and how cameras drift."""

from inference.drift.record import SIGNS
from service.adapters.metrics.definition import DECIDE, OF_CAMERA, Metric

CALIBRATION_METRICS = (
    Metric(
        "alarm_budget_per_day",
        "gauge",
        DECIDE,
        OF_CAMERA,
        "False alarms a day that the camera may raise; 0 without a budget.",
    ),
    Metric(
        "alarm_rate_per_day",
        "gauge",
        DECIDE,
        OF_CAMERA,
        "False alarms a day that it raised while that was promised; those judged true are none.",
    ),
    Metric(
        "alarm_rate_low_per_day",
        "gauge",
        DECIDE,
        OF_CAMERA,
        "Lower end of that rate's exact 95 % interval.",
    ),
    Metric("alarm_rate_high_per_day", "gauge", DECIDE, OF_CAMERA, "Its upper end."),
    Metric(
        "calibration_footage_hours",
        "gauge",
        DECIDE,
        OF_CAMERA,
        "Hours of the camera that count towards its calibration.",
    ),
    Metric("calibration_needed_hours", "gauge", DECIDE, OF_CAMERA, "How many a promise asks for."),
    Metric(
        "calibration_snapshot",
        "gauge",
        DECIDE,
        OF_CAMERA,
        "Number of the calibration in force; 0: the model card's threshold.",
    ),
    Metric(
        "calibration_frozen",
        "gauge",
        DECIDE,
        OF_CAMERA,
        "1 while thresholds do not follow: the camera drifts, or somebody went back.",
    ),
    Metric("camera_drifting", "gauge", DECIDE, OF_CAMERA, "1 while the camera drifts."),
    Metric(
        "camera_recalibrating",
        "gauge",
        DECIDE,
        OF_CAMERA,
        "1 while a new scene is accepted, and there is too little of it.",
    ),
    Metric(
        "drift_ratio",
        "gauge",
        DECIDE,
        ("camera", "sign"),
        "How strongly each sign speaks for drift: the logarithm of its statistic over that of its "
        "limit, or how far beyond all days it is, whichever is less; from 1 on the camera drifts.",
        {"sign": SIGNS},
    ),
    Metric("calibrations_total", "counter", DECIDE, OF_CAMERA, "Calibrations made."),
    Metric(
        "calibration_blocks_dropped_total",
        "counter",
        DECIDE,
        OF_CAMERA,
        "Blocks of ten minutes that could not be stored for six hours.",
    ),
    Metric(
        "score_drift_ratio",
        "gauge",
        DECIDE,
        OF_CAMERA,
        "Share of the last thousand or so scores above the model card's 95 % quantile, divided by "
        "5 %: 1 is as calibrated; far above it the scene is not what the model was calibrated on. "
        "Exported from 100 scores on.",
    ),
)
