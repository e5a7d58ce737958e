"""Writes docs/metrics.md from the catalogue of metrics."""

from service.adapters.metrics.catalogue import METRICS
from service.adapters.metrics.definition import PREFIX, Metric

HEAD = """\
# Metrics

*Written by `python -m service.adapters.metrics.reference_page`; a test compares it with the code
and with what a running service exports.*

Under `posewarden up` one page, the API's `/metrics`, has them all. Roles that run apart serve
their own: the API on its port, the camera role on 9101, the worker on 9102, decide on 9103. An API
that decides by itself exports those of `decide`, too. With an `api_key` the API's page requires
it. In [docker/](../docker): Prometheus' configuration for roles that run
apart (`prometheus/prometheus.yml`) and for a single `up` (`prometheus/single.yml`), its rules, and
Grafana's dashboards (`grafana/dashboards`). These are provisioned as they stand, with the default
Prometheus source, and can be imported into another Grafana (*Dashboards*, *New*, *Import*), which
asks for the source.

- Times are seconds, shares are ratios, moments are UTC timestamps: subtract them from `time()`.
- Series whose labels are known begin at 0, so that a rate needs no first event.
- Labels name cameras, roles, stages and reasons; never a person, a track or an alert.
- Several processes of a role each export what they know: take the `sum` of counters, and the
  `max` of what describes the site or a camera.
- Failures stand beside attempts: `frames_dropped_total` beside `frames_total`,
  `windows_dropped_total` beside `windows_total`, `canary_failures_total` beside
  `canary_attempts_total`, `store_errors_total` beside the calls of `stage_duration_seconds`.

The **canary** is a pair of simulated windows, of a person who walks and of one who runs, that the
API pushes once a minute as a camera would. A worker scores them like all others; both must come
back within 10 s, the runner's higher. It proves Redis, workers and the model. The canary **through
the picture** (`picture_canary_…`) is a drawn fall that each camera process shows to its own
networks, at its start and every hour; a worker scores it, the alert loop decides it, and nobody
is told.

| Name | Kind | Labels | Exported by | Meaning |
|---|---|---|---|---|
"""


def page() -> str:
    """Return docs/metrics.md."""
    return HEAD + "".join(_row(metric) for metric in sorted(METRICS, key=lambda each: each.name))


def _row(metric: Metric) -> str:
    labels = ", ".join(_label(metric, label) for label in metric.labels) or "–"
    roles = ", ".join(metric.roles)
    return f"| `{PREFIX}{metric.name}` | {metric.kind} | {labels} | {roles} | {metric.help} |\n"


def _label(metric: Metric, label: str) -> str:
    values = metric.known.get(label)
    return f"`{label}`" if values is None else f"`{label}` ({', '.join(values)})"


if __name__ == "__main__":
    print(page(), end="")
