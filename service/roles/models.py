"""Builds what gives a role the flow model that scores now, and follows its changes."""

import time
from pathlib import Path
from threading import Event

import numpy as np

from inference.flow_onnx import OnnxFlow
from inference.ports import FlowModel
from inference.provider_choice import report_choices
from inference.run_steps import run_steps
from service.adapters.metrics.definition import Role
from service.adapters.metrics.prometheus import PrometheusTelemetry
from service.adapters.redis.models import RedisModels
from service.lifecycle import STORE_BACKOFF, retry_until
from service.operations.live_models import LiveModels, LiveModelsDependencies
from service.roles.connections import SiteConnection
from service.roles.monitoring import report_build_info
from service.roles.threads import start_thread
from tracker.weights.onnx_session import Provider


def build_models(site: SiteConnection, provider: Provider, *, explains: bool) -> LiveModels:
    """Return the models of a role; before their start those of its own disk score.

    Args:
        explains: the role explains windows and shows cards; else it scores, shadows too.

    Raises:
        ModelMismatch: the model file of the settings cannot be served.
    """

    def ready(flow: OnnxFlow) -> OnnxFlow:
        flow.warm_up()
        if explains:
            # The graph that explains is opened at first use: not while an alert waits for it.
            flow.explain(np.zeros((1, *flow.card.input_shape), np.float32))
        return flow

    def open_flow(file: bytes, name: str) -> OnnxFlow:
        return ready(OnnxFlow(Path(f"{name[:12]}.onnx"), provider=provider, file=file))

    return LiveModels(
        LiveModelsDependencies(
            registry=RedisModels(site.client, telemetry=site.telemetry),
            own=ready(OnnxFlow(site.settings.model_path, provider=provider)),
            open_flow=open_flow,
            telemetry=site.telemetry,
            clock=time.time,
            kept_s=site.settings.max_age_s,
        )
    )


def start_models(models: LiveModels, site: SiteConnection, stop: Event, role: Role) -> None:
    """Have the model that scores now; then follow the schedule in a thread, until stopped."""
    retry_until(models.start, "the live model", stop)
    if stop.is_set():
        return
    models.subscribe(ReportedModel(site.telemetry))

    def follow() -> None:
        run_steps(models.step, stop, role=role, telemetry=site.telemetry, backoff=STORE_BACKOFF)

    start_thread("models", follow)


class ReportedModel:
    """Says in the metrics which model scores now."""

    def __init__(self, telemetry: PrometheusTelemetry) -> None:
        self._telemetry = telemetry
        self._before: FlowModel | None = None

    def __call__(self, flow: FlowModel) -> None:
        """Report this model, and that the one before does not score any more."""
        if self._before is not None:
            report_build_info(self._before.card, self._telemetry, value=0.0)
        report_build_info(flow.card, self._telemetry)
        self._before = flow


def open_models(site: SiteConnection, provider: Provider) -> LiveModels:
    """Return the models, this process's own warmed up for scoring and explaining."""
    flow = build_models(site, provider, explains=True)
    site.telemetry.gauge(
        "session_provider_info", 1.0, role=site.role, provider=flow.provider, wanted=provider
    )
    report_choices(flow.choices, site.role, site.telemetry)
    return flow
