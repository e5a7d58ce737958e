"""How Redis is, what waits in it, and what it did not take."""

from service.adapters.metrics.definition import API, ROLES, SITE, Metric

REDIS_METRICS = (
    Metric(
        "queue_depth",
        "gauge",
        ("camera", "worker"),
        ("queue",),
        "Entries waiting: `windows` for a worker or with one (`windows-1` … of further shards), "
        "`rtmo` pictures for the network.",
    ),
    Metric(
        "entries_malformed_total",
        "counter",
        SITE,
        ("kind",),
        "Entries in Redis that cannot be decoded; `archive`: decoded, but not storable.",
        {
            "kind": (
                "board",
                "alert",
                "clip",
                "event",
                "cues",
                "model",
                "shadow",
                "view",
                "snooze",
                "archive",
                "arming",
                "block",
                "calibration",
                "scene",
                "drift",
                "canary",
            )
        },
    ),
    Metric(
        "store_errors_total",
        "counter",
        ROLES,
        ("role",),
        "Calls that Redis, or the archive's database, did not answer.",
    ),
    Metric(
        "replica_waits_total",
        "counter",
        SITE,
        ("write", "result"),
        "Alerts, acts and what outputs have delivered, by whether as many replicas as "
        "redis.wait_replicas says had it in time (kept) or not (late): a late one is lost if the "
        "master dies before a replica has it. 0 where nothing is waited for.",
        known={"write": ("alert", "act", "outbox"), "result": ("kept", "late")},
    ),
    Metric("redis_up", "gauge", API, (), "1 while Redis answers this process."),
    Metric(
        "redis_writable",
        "gauge",
        API,
        (),
        "1 while Redis takes writes; 0 when its memory is full, it is a replica, cannot write its "
        "files, or does not answer.",
    ),
    Metric("redis_memory_bytes", "gauge", API, (), "Memory that Redis uses for data."),
    Metric(
        "redis_memory_limit_bytes",
        "gauge",
        API,
        (),
        "Redis' maxmemory, beyond which writes fail; 0: none is set.",
    ),
    Metric("redis_cpu_seconds_total", "counter", API, (), "Processor time Redis has used."),
    Metric("stream_length", "gauge", API, ("stream",), "Entries on a stream of windows."),
    Metric(
        "stream_lag",
        "gauge",
        API,
        ("stream",),
        "Entries of a stream of windows that no worker has taken.",
    ),
    Metric(
        "stream_pending",
        "gauge",
        API,
        ("stream",),
        "Entries of a stream of windows that workers have taken and not finished.",
    ),
)
