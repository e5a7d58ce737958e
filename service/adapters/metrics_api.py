"""The rows of the metrics' table that the API role fills."""

from service.adapters.metrics.definition import LATENCY_S, Metric, Role

_API: tuple[Role, ...] = ("api",)
_OF_CAMERA = ("camera",)

API_METRICS = (
    Metric(
        "capture_to_alert_seconds",
        "histogram",
        _API,
        (),
        "From the capture of the frame that completes the deciding window to the hand-over of "
        "the opened alert to a client's socket.",
        buckets=LATENCY_S,
    ),
    Metric(
        "alerts_total",
        "counter",
        _API,
        ("camera", "severity", "state"),
        "Alerts opened and closed. Severity is how far the peak lies above the threshold, as a "
        "share of it: `notice` below 0.5, `warning` below 2, `critical` from there on; an alert "
        "may close with a higher one than it opened with.",
        {"severity": ("notice", "warning", "critical"), "state": ("open", "closed")},
    ),
    Metric("alerts_trimmed_total", "counter", _API, (), "Alerts dropped from a full history."),
    Metric(
        "alert_poses_lost_total", "counter", _API, (), "Alerts whose window was already trimmed."
    ),
    Metric(
        "alert_events_trimmed_total",
        "counter",
        _API,
        (),
        "Resumes that found events trimmed and were told of the gap.",
    ),
    Metric(
        "scores_ignored_total",
        "counter",
        _API,
        ("reason",),
        "Scores that came twice or too late to count.",
        {"reason": ("twice", "late", "session_over", "malformed")},
    ),
    Metric(
        "camera_last_score_timestamp_seconds",
        "gauge",
        _API,
        _OF_CAMERA,
        "Capture time of the newest score that was decided about, UTC; 0 before the first.",
    ),
    Metric(
        "score_drift_ratio",
        "gauge",
        _API,
        _OF_CAMERA,
        "Share of the last thousand or so scores above the model card's 95 % quantile, divided by "
        "5 %: 1 is as calibrated; far above it the scene is not what the model was calibrated on. "
        "Told from 100 scores on.",
    ),
    Metric(
        "score_requests_total",
        "counter",
        _API,
        ("outcome",),
        "POST /score by outcome; `no_worker`: none answered in time.",
        {"outcome": ("ok", "refused", "busy", "no_worker", "error")},
    ),
    Metric(
        "ws_clients",
        "gauge",
        _API,
        ("feed",),
        "Open WebSocket clients.",
        {"feed": ("alerts", "live")},
    ),
    Metric(
        "ws_dropped_total",
        "counter",
        _API,
        ("reason",),
        "Clients whose socket we closed: `slow` did not keep up, `store` Redis did not answer, "
        "`refused` a wrong key or message.",
        {"reason": ("slow", "store", "refused")},
    ),
    Metric(
        "canary_attempts_total",
        "counter",
        _API,
        (),
        "Pairs of made-up windows, one normal and one not, sent to the workers.",
    ),
    Metric(
        "canary_failures_total",
        "counter",
        _API,
        ("reason",),
        "Pairs that did not come back right: `late` not within 10 s, `order` the abnormal one "
        "not above the normal one, `unscorable`, `store` Redis did not answer.",
        {"reason": ("late", "order", "unscorable", "store")},
    ),
    Metric(
        "canary_last_success_timestamp_seconds",
        "gauge",
        _API,
        (),
        "When a pair came back right last, UTC; 0 before the first. Only the process that sends "
        "them tells it: take the maximum.",
    ),
    Metric(
        "canary_round_trip_seconds",
        "histogram",
        _API,
        (),
        "From sending a pair to having both scores.",
        buckets=LATENCY_S,
    ),
    Metric("redis_up", "gauge", _API, (), "1 while Redis answers this process."),
    Metric(
        "redis_writable",
        "gauge",
        _API,
        (),
        "1 while Redis takes writes; 0 when its memory is full, it is a replica, cannot write its "
        "files, or does not answer.",
    ),
    Metric("redis_memory_bytes", "gauge", _API, (), "Memory that Redis uses for data."),
    Metric(
        "redis_memory_limit_bytes",
        "gauge",
        _API,
        (),
        "Redis' maxmemory, beyond which writes fail; 0: none is set.",
    ),
    Metric("redis_cpu_seconds_total", "counter", _API, (), "Processor time Redis has used."),
    Metric("stream_length", "gauge", _API, ("stream",), "Entries on a stream of windows."),
    Metric(
        "stream_lag",
        "gauge",
        _API,
        ("stream",),
        "Entries of a stream of windows that no worker has taken.",
    ),
    Metric(
        "stream_pending",
        "gauge",
        _API,
        ("stream",),
        "Entries of a stream of windows that workers have taken and not finished.",
    ),
    Metric("workers", "gauge", _API, (), "Workers that gave a sign of life in the last seconds."),
)
