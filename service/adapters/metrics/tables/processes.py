"""Every role's stages, processes, build and leases."""

from service.adapters.metrics.definition import API, PATH_S, ROLES, STAGE_S, STAGES, Metric

PROCESS_METRICS = (
    Metric(
        "stage_duration_seconds",
        "histogram",
        ROLES,
        ("stage",),
        "Wall-clock time of one call of a stage: per frame `decode`, `pose` (with its parts "
        "`boxes` and `landmarks`, or `rtmo` per batch), `track` and `push`; per batch `score`; "
        "per POST /score of a worker `request`; per round with scores `decide`; per transaction of "
        "the archive `archive`.",
        buckets=STAGE_S,
    ),
    Metric(
        "stage_seconds",
        "histogram",
        ROLES,
        ("stage",),
        "How long a frame, its windows and its alerts were in one stage, waiting included; one "
        "begins where the one before it ends, or within its call to Redis, so that an alert's sum "
        "up to `capture_to_alert_seconds` and those calls at most: per frame `wait` for decoding "
        "and the camera's turn, `pose` (its parts are in `stage_duration_seconds`), `track` with "
        "resampling, and `push`; per window `queue` and `score`; per score `decide`; per opened "
        "alert `publish` and `socket`, and for each output `output`, which begins with `socket`.",
        {"stage": STAGES},
        buckets=PATH_S,
    ),
    Metric(
        "build_info",
        "gauge",
        ROLES,
        ("version", "model"),
        "1 for the running version and the first 12 digits of its model's hash.",
    ),
    Metric(
        "cameras_held",
        "gauge",
        ("camera", "decide"),
        ("role",),
        "Cameras whose lease this process holds: to watch them, or to decide about them.",
        adds_up=True,
    ),
    Metric(
        "clock_steps_total",
        "counter",
        ROLES,
        ("role",),
        "How often a role found its wall clock set by more than a second.",
    ),
    Metric(
        "clock_offset_seconds",
        "gauge",
        ROLES,
        ("role",),
        "How far a role's clock is ahead of Redis'; negative: behind. Beyond 5 s the system event "
        "`clocks-differ` is raised.",
    ),
    Metric("role_cpu_seconds_total", "counter", ROLES, ("role",), "Processor time of a role."),
    Metric(
        "role_memory_bytes",
        "gauge",
        ROLES,
        ("role",),
        "Resident memory of a role.",
        adds_up=True,
    ),
    Metric(
        "role_start_timestamp_seconds", "gauge", ROLES, ("role",), "When the role started, UTC."
    ),
    Metric(
        "role_restarts_total",
        "counter",
        ("up",),
        ("role",),
        "Child processes of `posewarden up` started again.",
        {"role": ("camera", "worker", "api", "redis")},
    ),
    Metric(
        "site_version",
        "gauge",
        ("camera", "api", "decide"),
        ("role",),
        "Version of what people set over the API that the role runs by; 0: nothing was set.",
    ),
    Metric("workers", "gauge", API, (), "Workers that sent a heartbeat in the last seconds."),
)
