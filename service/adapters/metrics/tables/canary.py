"""What the canary and the canary through the picture found."""

from typing import get_args

from service.adapters.metrics.definition import API, LATENCY_S, Metric
from service.ports.canary import CanaryPath, CanaryStage

CANARY_PATHS = get_args(CanaryPath)
CANARY_RESULTS = ("passed", *get_args(CanaryStage))

CANARY_METRICS = (
    Metric(
        "canary_attempts_total",
        "counter",
        API,
        (),
        "Pairs of simulated windows, one normal and one not, sent to the workers.",
    ),
    Metric(
        "canary_failures_total",
        "counter",
        API,
        ("reason",),
        "Pairs that did not come back right: `late` not within 10 s, `order` the abnormal one "
        "not above the normal one, `unscorable`, `store` Redis did not answer.",
        {"reason": ("late", "order", "unscorable", "store")},
    ),
    Metric(
        "canary_last_success_timestamp_seconds",
        "gauge",
        API,
        (),
        "When a pair came back right last, UTC; 0 before the first. Only the process that sends "
        "them exports it: take the maximum.",
    ),
    Metric(
        "canary_round_trip_seconds",
        "histogram",
        API,
        (),
        "From sending a pair to having both scores.",
        buckets=LATENCY_S,
    ),
    Metric(
        "picture_canary_showings_total",
        "counter",
        ("camera", "api"),
        ("path", "result"),
        "Showings of the drawn fall that were decided, by what finds people: `passed`, or the "
        "stage that lost the person. Stages up to `cues` are counted by the camera role.",
        {"path": CANARY_PATHS, "result": CANARY_RESULTS},
    ),
    Metric(
        "picture_canary_failing",
        "gauge",
        API,
        (),
        "Showings of the drawn fall whose newest result is a failure.",
    ),
    Metric(
        "picture_canary_last_success_timestamp_seconds",
        "gauge",
        API,
        (),
        "When the drawn fall was found last, UTC, through the camera process where that is the "
        "longest ago; 0 before the first.",
    ),
    Metric(
        "picture_canary_worked_seconds",
        "gauge",
        ("camera",),
        ("path",),
        "How long the networks took for all pictures of the newest drawn fall.",
        {"path": CANARY_PATHS},
    ),
)
