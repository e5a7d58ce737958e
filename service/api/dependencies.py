"""What the API is made of; `service.roles.camera` builds it, tests build it from twins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inference.ports import FlowModel
from service.api.schemas import ModelInfo
from service.ports import AlertFeed, AlertHistory, Scoring, SiteStatus, SiteTelemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDependencies:
    """Everything a route may ask.

    Attributes:
        flow: tells the model's card and explains windows.
        scoring: answers POST /score.
        wanted_provider: what was configured for whoever scores: auto, cpu or cuda.
        thresholds: per configured camera, in the order of the configuration.
        check_store: raises StoreUnavailable when Redis does not answer or takes no writes.
        render_metrics: the body of /metrics.
        clock: UTC seconds.
        api_key: None: everybody may ask.
    """

    flow: FlowModel
    scoring: Scoring
    wanted_provider: str
    thresholds: Mapping[str, float | None]
    history: AlertHistory
    feed: AlertFeed
    site_status: SiteStatus
    check_store: Callable[[], None]
    telemetry: SiteTelemetry
    render_metrics: Callable[[], bytes]
    clock: Callable[[], float]
    api_key: str | None

    def model_info(self) -> ModelInfo:
        """Which model answers."""
        card = self.flow.card
        return ModelInfo(
            hash=card.weights_hash,
            name=card.name,
            frames=card.frames,
            fps=card.fps,
            provider=self.flow.provider,
            threshold=card.threshold,
        )
