"""What the routes work with; built by `service.roles.web_app`, in tests from in-memory twins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from inference.calibration.blocks import Block
from inference.card import ModelCard
from inference.ports import FlowModel
from inference.rarity import OrdinaryScores, ordinary_scores_of
from inference.usual_score import UsualScore
from service.access.directory import Directory
from service.access.passwords import Passwords
from service.access.ports import AuditLog, AuditReader, PeopleStore
from service.access.sign_in import SignIn
from service.api.body_deadline import BODY_WITHIN_S
from service.api.place import WebPlace
from service.api.shapes.about import Storage
from service.api.shapes.scores import ModelInfo
from service.api.source_probe import ProbeSource, probe_source
from service.archive.reading import AlertReader
from service.config.effective import EffectiveSite
from service.config.live_arming import LiveArming
from service.config.site_watch import SiteWatch
from service.operations.model_changes import ModelChanges
from service.outputs.desk import OutputDesk
from service.ports.alerts import ActLog, AlertFeed
from service.ports.archive import EpisodeArchive, SightingFeed
from service.ports.calibrations import CalibrationStore
from service.ports.canary import CanaryBoard
from service.ports.models import ModelRegistry
from service.ports.scenes import DriftStore, SceneFeed
from service.ports.scoring import Scoring
from service.ports.shadow import ShadowStates
from service.ports.site import Backgrounds, SiteStore
from service.ports.snoozes import SnoozeStore
from service.ports.status import SiteStatus, Stills
from service.ports.stretches import StretchArchive
from service.ports.telemetry import SiteTelemetry
from service.system_events import SystemEvents
from tracker.sources.onvif_discovery import FoundCamera, discover


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDependencies:
    """Everything a route may use.

    Attributes:
        flow: gives the model's card and explains windows.
        scoring: scores for POST /score.
        in_force: the models whose scores may come now; a promotion has two for a moment.
        wanted_provider: the configured one: auto, cpu or cuda.
        watch: follows what is configured, by the file and over the API.
        site_store: keeps what is set over the API.
        backgrounds: pictures behind the skeletons.
        stills: pictures on their way to who asked for one.
        discover: asks the local network which cameras there are.
        probe_source: watches a source for a few seconds.
        threshold_by: says by a model card the threshold of cameras without one of their own, and
            of POST /score.
        check_archive: raises ArchiveUnavailable when the archive's database does not answer.
        deciders: how many processes decide alerts; raises StoreUnavailable.
        check_store: raises StoreUnavailable when Redis does not answer or takes no writes.
        read_unsaved: why the store saves nothing now, for people; None while it does.
        read_storage: how much room what is kept takes.
        render_metrics: the body of /metrics.
        clock: UTC seconds.
        directory: knows who is who.
        people: where people and keys are changed.
        audit: takes every change by somebody.
        score_within_s: how long a request of POST /score may take.
        score_batch: how many of them are scored in one call, at most.
        place: where browsers find the service.
        body_within_s: how long a request's body may take to come.
        arming: what is armed when.
        outputs: where alerts go, and went.
        canary: how showings of the drawn fall went.
        sightings: a few views of each camera's last hours.
        stretches: near misses, among others.
        scenes: what each camera saw of people, in blocks of ten minutes.
        drift: whether that is still what it used to see.
        usual_scores: a camera's own ordinary scores, as the alert loop has learned them.
        running_block: a camera's block of ten minutes that goes on.
        recipe: names what makes a camera's blocks now.
        recipe_by: names what makes them by another model.
        model_changes: changes which model scores.
        model_registry: which models there are.
        shadow_states: what the trial of a model has shown.
    """

    flow: FlowModel
    scoring: Scoring
    wanted_provider: str
    watch: SiteWatch
    site_store: SiteStore
    backgrounds: Backgrounds
    stills: Stills
    threshold_by: Callable[[ModelCard], float | None]
    arming: LiveArming
    alerts: AlertReader
    acts: ActLog
    episodes: EpisodeArchive
    sightings: SightingFeed
    stretches: StretchArchive
    calibrations: CalibrationStore
    scenes: SceneFeed
    drift: DriftStore
    model_changes: ModelChanges
    model_registry: ModelRegistry
    shadow_states: ShadowStates
    snoozes: SnoozeStore
    system_events: SystemEvents
    canary: CanaryBoard
    outputs: OutputDesk
    check_archive: Callable[[], None]
    feed: AlertFeed
    site_status: SiteStatus
    check_store: Callable[[], None]
    deciders: Callable[[], int]
    telemetry: SiteTelemetry
    render_metrics: Callable[[], bytes]
    clock: Callable[[], float]
    directory: Directory
    people: PeopleStore
    sign_in: SignIn
    passwords: Passwords
    audit: AuditLog
    audit_reader: AuditReader
    in_force: Callable[[], Sequence[FlowModel]] = lambda: ()
    discover: Callable[[], list[FoundCamera]] = discover
    probe_source: ProbeSource = probe_source
    score_within_s: float = 5.0
    score_batch: int = 32
    body_within_s: float = BODY_WITHIN_S
    place: WebPlace = field(default_factory=WebPlace)
    read_unsaved: Callable[[], str | None] = lambda: None
    read_storage: Callable[[], Storage] = Storage
    usual_scores: Callable[[str], UsualScore | None] = lambda _camera: None
    running_block: Callable[[str], Block | None] = lambda _camera: None
    recipe: Callable[[str], str] = lambda _camera: ""
    recipe_by: Callable[[ModelCard, str], str] = lambda _card, _camera: ""

    @property
    def ordinary(self) -> OrdinaryScores | None:
        """Where ordinary scores of movement lie, by the card of the model that scores now."""
        return ordinary_scores_of(self.flow.card)

    @property
    def ordinary_threshold(self) -> float | None:
        """Threshold of cameras without one of their own, and of POST /score."""
        return self.threshold_by(self.flow.card)

    @property
    def site(self) -> EffectiveSite:
        """What is configured now."""
        return self.watch.current

    @property
    def thresholds(self) -> Mapping[str, float | None]:
        """Thresholds of all cameras of the site, in the order of the configuration, now."""
        ordinary = self.ordinary_threshold
        return {
            camera.name: ordinary if camera.threshold is None else camera.threshold
            for camera in self.site.settings.cameras
        }

    def flow_of(self, model: str) -> FlowModel | None:
        """Return the model of these weights, if its scores may come now."""
        found = (each for each in (self.flow, *self.in_force()) if each.card.weights_hash == model)
        return next(found, None)

    def model_info(self, scored_by: FlowModel | None = None) -> ModelInfo:
        """Return which model scores; or what there is to say of another one."""
        flow = self.flow if scored_by is None else scored_by
        card = flow.card
        return ModelInfo(
            hash=card.weights_hash,
            name=card.name,
            frames=card.frames,
            fps=card.fps,
            provider=flow.provider,
            threshold=self.threshold_by(card),
        )
