"""How windows are scored, by the live model and by one on trial."""

from service.adapters.metrics.definition import API, BATCH, DECIDE, LATENCY_S, ROLES, WORKER, Metric

WORKER_METRICS = (
    Metric(
        "windows_dropped_total",
        "counter",
        ("camera", "worker"),
        ("reason",),
        "Windows lost before they were scored: `trimmed` the stream was full, `stale` older than "
        "`max_age_s`, `wrong_shape` of a model with another T.",
        {"reason": ("trimmed", "stale", "wrong_shape")},
    ),
    Metric(
        "windows_dead_total",
        "counter",
        WORKER,
        ("reason",),
        "Windows that no worker could score, put on the dead-letter stream: `malformed`, "
        "`deliveries` taken over again and again, `scoring` failed on them.",
        {"reason": ("malformed", "deliveries", "scoring")},
    ),
    Metric(
        "windows_unscorable_total",
        "counter",
        WORKER,
        ("reason",),
        "Windows without a score.",
        {"reason": ("too_few_joints", "no_size", "gap", "not_finite")},
    ),
    Metric(
        "model_load_failures_total",
        "counter",
        ("worker", "api", "decide"),
        (),
        "Attempts to load a registered flow model that failed.",
    ),
    Metric(
        "model_promotions_total",
        "counter",
        API,
        ("outcome",),
        "Flow models that somebody made the live one over the API, went back from, or could not.",
        {"outcome": ("promoted", "rolled_back", "failed")},
    ),
    Metric(
        "shadow_windows_total",
        "counter",
        WORKER,
        (),
        "Windows that a shadow scored beside the live model.",
    ),
    Metric(
        "shadow_windows_dropped_total",
        "counter",
        WORKER,
        ("reason",),
        "Windows that only the live model scored: `busy` too many wait for the shadow, `behind` "
        "the worker has nothing to spare, `store` Redis took no scores, `failed` the shadow fails.",
        {"reason": ("busy", "behind", "store", "failed")},
    ),
    Metric(
        "shadow_cpu_seconds_total",
        "counter",
        WORKER,
        (),
        "Processor time that shadows took for their scores.",
    ),
    Metric(
        "shadow_rank_correlation",
        "gauge",
        DECIDE,
        (),
        "Spearman's correlation of the shadow's scores with the live ones; 0 without a shadow.",
    ),
    Metric(
        "shadow_same_side_ratio",
        "gauge",
        DECIDE,
        (),
        "Share of windows on the same side of both models' thresholds; 0 without a shadow.",
    ),
    Metric(
        "windows_scored_total",
        "counter",
        WORKER,
        (),
        "Windows scored by the workers, the canary's two a minute included.",
    ),
    Metric(
        "claims_taken_over_total",
        "counter",
        WORKER,
        (),
        "Windows taken over from a worker that died.",
    ),
    Metric(
        "score_requests_dropped_total",
        "counter",
        WORKER,
        ("reason",),
        "Requests of POST /score that went unanswered: `expired` past their deadline, "
        "`deliveries` two workers died of them, `malformed`.",
        {"reason": ("expired", "deliveries", "malformed")},
    ),
    Metric("batch_size", "histogram", WORKER, (), "Windows per batch.", buckets=BATCH),
    Metric(
        "capture_to_score_seconds",
        "histogram",
        WORKER,
        (),
        "From the capture of a window's last frame to its score.",
        buckets=LATENCY_S,
    ),
    Metric(
        "session_provider_info",
        "gauge",
        ROLES,
        ("role", "provider", "wanted"),
        "1 for the provider really in use, beside the one configured; the flow's is "
        "that of its largest batches.",
    ),
    Metric(
        "flow_batch_provider_info",
        "gauge",
        ("worker", "api", "decide"),
        ("role", "windows", "provider"),
        "1 for the provider that serves batches of this many windows, 0 for "
        "the slower one. `provider: auto` times both at the start.",
    ),
    Metric(
        "flow_batch_seconds",
        "gauge",
        ("worker", "api", "decide"),
        ("role", "windows", "provider"),
        "Median time of one batch of this many windows at the start, by provider.",
    ),
)
