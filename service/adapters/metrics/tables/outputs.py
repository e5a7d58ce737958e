"""What receivers are sent, and how late."""

from service.adapters.metrics.definition import API, DECIDE, LATENCY_S, Metric

OUTPUT_METRICS = (
    Metric(
        "deliveries_total",
        "counter",
        DECIDE,
        ("target", "result"),
        "Messages for outputs by what became of them: `delivered`, `retried` an attempt failed, "
        "`failed` given up for good, `grouped` with others into one message, `held` back by a "
        "snooze or because the camera was disarmed, `spared` not sent again: the receiver has it, "
        "but a fail-over of Redis had lost that.",
    ),
    Metric(
        "delivery_records_lost_total",
        "counter",
        DECIDE,
        (),
        "Records of deliveries that were dropped because the archive was away for too long; the "
        "messages themselves were delivered or wait.",
    ),
    Metric(
        "capture_to_delivered_seconds",
        "histogram",
        DECIDE,
        ("target",),
        "From the capture of the frame that opened an alert to the answer of its receiver.",
        buckets=LATENCY_S,
    ),
    Metric(
        "mqtt_connected",
        "gauge",
        DECIDE,
        ("target",),
        "1 while the broker of an MQTT output has taken us. Only the process that keeps it "
        "informed exports it.",
    ),
    Metric(
        "mqtt_commands_total",
        "counter",
        DECIDE,
        ("result",),
        "Commands that came over MQTT: done, refused, or dropped because they were retained, too "
        "large or too many.",
        known={"result": ("done", "refused", "dropped")},
    ),
    Metric(
        "mqtt_dropped_total",
        "counter",
        DECIDE,
        (),
        "States that an MQTT broker could not be told at once; they are told later.",
    ),
    Metric(
        "output_failing",
        "gauge",
        DECIDE,
        ("target",),
        "1 while the output's next message cannot be delivered. Only the process that delivers "
        "exports it: take the maximum.",
    ),
    Metric(
        "output_lag_seconds",
        "gauge",
        DECIDE,
        ("target",),
        "Age of the next change that an output has not dealt with; 0 when there is none.",
    ),
    Metric(
        "heartbeats_total",
        "counter",
        API,
        ("result",),
        "Calls of `system_alerts.heartbeat_url`, one each time the canary passes: `taken` or "
        "`failed`.",
        {"result": ("taken", "failed")},
    ),
)
