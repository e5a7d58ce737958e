"""Telemetry for Prometheus. Every metric of the project stands in the one table here."""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from tracker.ports import Telemetry

PREFIX = "posewarden_"
# Dense around the latency targets: 0.5 s at the median site, 1 s under load.
LATENCY_S = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0, 10.0)
STAGE_S = (0.0001, 0.0003, 0.001, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0)
BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table: the name is the one on `/metrics` without the prefix."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


METRICS = (
    Metric("frames_total", "counter", ("camera",), "Frames that reached pose estimation."),
    Metric(
        "frames_dropped_total",
        "counter",
        ("camera", "reason"),
        "Frames lost before pose estimation.",
    ),
    Metric("camera_up", "gauge", ("camera",), "1 while the camera is live."),
    Metric("camera_fps", "gauge", ("camera",), "Frames per second looked at, last seconds."),
    Metric("camera_source_fps", "gauge", ("camera",), "Frames per second the source gives."),
    Metric("camera_overloaded", "gauge", ("camera",), "1 while not all frames are looked at."),
    Metric(
        "camera_key_frame_interval",
        "gauge",
        ("camera",),
        "At every how many-th frame people are searched for in the whole picture.",
    ),
    Metric(
        "camera_last_frame_timestamp_seconds",
        "gauge",
        ("camera",),
        "Capture time of the newest frame, UTC.",
    ),
    Metric(
        "camera_reconnects_total",
        "counter",
        ("camera", "reason"),
        "How often a source was opened again.",
    ),
    Metric("camera_people", "gauge", ("camera",), "People tracked in the newest frame."),
    Metric(
        "stage_duration_seconds",
        "histogram",
        ("stage",),
        "Wall-clock time of one call of a stage.",
        STAGE_S,
    ),
    Metric(
        "frames_searched_total",
        "counter",
        (),
        "Key frames: people were searched for in the whole picture.",
    ),
    Metric("poses_refused_total", "counter", ("reason",), "Boxes that showed no body, by reason."),
    Metric("windows_total", "counter", ("camera",), "Windows that became ready."),
    Metric(
        "windows_dropped_total", "counter", ("reason",), "Windows lost before they were scored."
    ),
    Metric("windows_dead_total", "counter", ("reason",), "Windows that no worker could score."),
    Metric("windows_unscorable_total", "counter", ("reason",), "Windows without a score."),
    Metric("windows_scored_total", "counter", (), "Windows scored by the workers."),
    Metric("claims_taken_over_total", "counter", (), "Windows taken over from a worker that died."),
    Metric("batch_size", "histogram", (), "Windows per batch.", BATCH),
    Metric("queue_depth", "gauge", ("queue",), "Entries waiting."),
    Metric(
        "session_provider",
        "gauge",
        ("role", "provider", "wanted"),
        "1 for the ONNX Runtime provider really in use.",
    ),
    Metric(
        "capture_to_push_seconds",
        "histogram",
        ("camera",),
        "From the capture of a frame to the hand-over of its samples to Redis.",
        LATENCY_S,
    ),
    Metric(
        "capture_to_score_seconds",
        "histogram",
        (),
        "From the capture of a window's last frame to its score.",
        LATENCY_S,
    ),
    Metric(
        "capture_to_alert_seconds",
        "histogram",
        (),
        "From the capture of the frame that completes the deciding window to the hand-over of "
        "the opened alert to a client's socket.",
        LATENCY_S,
    ),
    Metric(
        "scores_ignored_total",
        "counter",
        ("reason",),
        "Scores that came twice or too late to count.",
    ),
    Metric("alerts_total", "counter", ("camera", "state"), "Alert changes, by new state."),
    Metric("alerts_trimmed_total", "counter", (), "Alerts dropped from a full history."),
    Metric("alert_poses_lost_total", "counter", (), "Alerts whose window was already trimmed."),
    Metric("alert_events_trimmed_total", "counter", (), "Resumes that found events trimmed."),
    Metric("entries_malformed_total", "counter", ("kind",), "Entries in Redis that do not read."),
    Metric(
        "cameras_held",
        "gauge",
        ("role",),
        "Cameras whose lease this process holds: to watch them, or to decide about them.",
    ),
    Metric("store_errors_total", "counter", ("role",), "Calls that Redis did not answer."),
    Metric("score_requests_total", "counter", ("outcome",), "POST /score by outcome."),
    Metric("ws_clients", "gauge", ("feed",), "Open WebSocket clients."),
    Metric("ws_dropped_total", "counter", ("reason",), "Messages or clients dropped."),
    Metric("role_restarts_total", "counter", ("role",), "Child processes started again."),
)


class PrometheusTelemetry(Telemetry):
    """Counts into a registry of its own; `render` is the body of `/metrics`.

    With PROMETHEUS_MULTIPROC_DIR set (`posewarden up` sets it for its children) the values live
    in files there, and `render` sums over all processes.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._metrics: dict[str, Counter | Gauge | Histogram] = {
            metric.name: _build(metric, self._registry) for metric in METRICS
        }

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None:
        counter = self._child(name, labels)
        assert isinstance(counter, Counter), name  # noqa: S101 -- narrows the type
        counter.inc(amount)

    def observe(self, name: str, value: float, **labels: str) -> None:
        histogram = self._child(name, labels)
        assert isinstance(histogram, Histogram), name  # noqa: S101 -- narrows the type
        histogram.observe(value)

    def gauge(self, name: str, value: float, **labels: str) -> None:
        gauge = self._child(name, labels)
        assert isinstance(gauge, Gauge), name  # noqa: S101 -- narrows the type
        gauge.set(value)

    def render(self) -> bytes:
        """Return the text exposition of all metrics."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        merged = CollectorRegistry()
        MultiProcessCollector(merged)  # type: ignore[no-untyped-call]
        return generate_latest(merged)

    def serve(self, host: str, port: int) -> None:
        """Serve `/metrics` from a thread of its own, for roles without a web server.

        Raises:
            OSError: the address is taken.
        """
        start_http_server(port, host, registry=self._registry)

    def forget(self, process: int) -> None:
        """Drop the gauges of a process that has ended; its counts stay."""
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            mark_process_dead(process)  # type: ignore[no-untyped-call]

    def forget_camera(self, camera: str) -> None:
        """Drop the gauges of a camera that another process watches from now on."""
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            return  # prometheus-client cannot, there; `up` has but one process that watches
        for row in METRICS:
            if row.kind == "gauge" and row.labels == ("camera",):
                gauge = self._metrics[row.name]
                with suppress(KeyError):  # never set
                    gauge.remove(camera)

    def _child(self, name: str, labels: dict[str, str]) -> Counter | Gauge | Histogram:
        metric = self._metrics[name]
        return metric.labels(**labels) if labels else metric


def _build(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    name = PREFIX + metric.name
    if metric.kind == "counter":
        return Counter(name, metric.help, metric.labels, registry=registry)
    if metric.kind == "gauge":
        return Gauge(
            name,
            metric.help,
            metric.labels,
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
    return Histogram(name, metric.help, metric.labels, registry=registry, buckets=metric.buckets)
