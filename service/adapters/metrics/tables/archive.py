"""What the archive is given, keeps and loses."""

from service.adapters.metrics.definition import DECIDE, Metric

ARCHIVE_METRICS = (
    Metric(
        "archive_up",
        "gauge",
        DECIDE,
        (),
        "0 while the archive's database does not take what this process carries into it; one that "
        "carries nothing has 1: take the minimum.",
    ),
    Metric(
        "archive_lag_seconds",
        "gauge",
        DECIDE,
        (),
        "Age of the oldest alert event that was read and is not yet in the archive.",
    ),
    Metric(
        "archive_alerts_written_total",
        "counter",
        DECIDE,
        (),
        "Versions of alerts written into the archive.",
    ),
    Metric(
        "archive_errors_total",
        "counter",
        DECIDE,
        ("reason",),
        "Calls that the archive's database did not take; `conflict`: another process wrote, too; "
        "`schema`: a newer version wrote it.",
        {"reason": ("unreachable", "locked", "full", "conflict", "schema", "damaged")},
    ),
    Metric(
        "archive_gaps_total",
        "counter",
        DECIDE,
        (),
        "How often events were trimmed in Redis before they were carried into the archive; what "
        "Redis still had of the alerts was carried then.",
    ),
    Metric(
        "archive_pose_frames_total", "counter", DECIDE, (), "Frames of poses archived with alerts."
    ),
    Metric(
        "archive_poses_incomplete_total",
        "counter",
        DECIDE,
        (),
        "Alerts whose poses have a hole: the frames were gone from Redis before they were read, "
        "the database was away for too long, or the alert was open for more than an hour.",
    ),
    Metric(
        "archive_removed_total",
        "counter",
        DECIDE,
        ("reason",),
        "Alerts removed from the archive: older than `retention` allows, or above its size.",
        {"reason": ("age", "size")},
    ),
    Metric(
        "archive_size_bytes",
        "gauge",
        DECIDE,
        (),
        "What the archive's alerts take with their clips and poses, without indexes; measured "
        "about once a minute by the process that carries.",
    ),
)
