"""A real server over in-memory twins: what the API does, without Redis or a model file."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import uvicorn

from inference.card import ModelCard
from inference.flow_skeleton import FLOW_18
from inference.ports import FlowModel
from inference.types import Alert, AlertEvent, AlertPoses
from service.access.directory import Directory, Identity
from service.access.principal import Principal
from service.adapters.database.stretches import DatabaseStretches
from service.adapters.memory.alerts import MemoryAlertFeed, MemorySnoozes
from service.adapters.memory.backgrounds import MemoryBackgrounds
from service.adapters.memory.calibrations import MemoryCalibrations
from service.adapters.memory.canary_board import MemoryCanaryBoard
from service.adapters.memory.models import MemoryModels
from service.adapters.memory.scenes import MemoryDrift, MemoryScenes
from service.adapters.memory.shadow import MemoryShadowStates
from service.adapters.memory.sightings import MemorySightings
from service.adapters.memory.site import MemorySite
from service.adapters.memory.site_store import MemorySiteStore
from service.adapters.memory.stills import MemoryStills
from service.adapters.memory.system_events import MemorySystemEvents
from service.adapters.memory.windows import MemoryStatusStore
from service.api.app import create_app
from service.api.dependencies import ApiDependencies
from service.api.http_protocol import HttpProtocol
from service.api.score import LocalScoring
from service.api.shapes.about import Storage
from service.api.shapes.probe import ProbedSource, ProbeReport
from service.api.socket_protocol import SharedDeflate, socket_protocol
from service.config.live_arming import LiveArming
from service.config.load import load
from service.config.site_watch import SiteWatch
from service.ports.scoring import Scoring
from service.system_events import StreamEvent
from support.access import access_over
from support.archives import ArchivedAlerts
from support.model_changes import memory_changes
from support.outputs import memory_desk
from support.stores import Clock
from support.waiting import PATIENCE_S
from tracker.memory_telemetry import InMemoryTelemetry
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.sources.onvif_discovery import FoundCamera
from tracker.sources.redaction import redact
from tracker.types import Float32

FRAMES = 24
THRESHOLD = 0.05
SOURCE = "rtsp://warden:open-sesame@10.0.0.7/stream"


class SpeedFlow(FlowModel):
    """A model whose score is the mean squared step: standing is 0, and its map sums to it."""

    def __init__(self, *, calibrated: bool = True) -> None:
        quantiles = {"0.99": THRESHOLD} if calibrated else None
        self._card = ModelCard(
            name="speed",
            frames=FRAMES,
            fps=24.0,
            joints=FLOW_18,
            normaliser="test",
            prior_mean=3.0,
            data="none",
            licence="none",
            weights_hash="ab" * 32,
            parity=0.0,
            quantiles=quantiles,
        )

    @property
    def provider(self) -> str:
        return "CPUExecutionProvider"

    @property
    def card(self) -> ModelCard:
        return self._card

    def nll(self, windows: Float32) -> Float32:
        scores: Float32 = self.explain(windows).sum(axis=(1, 2))
        return scores

    def explain(self, windows: Float32) -> Float32:
        steps = np.diff(windows, axis=2, prepend=windows[:, :, :1])
        shares: Float32 = (steps**2).sum(axis=1) / (FRAMES * 18)
        return shares


@dataclass
class Service:
    """The running API and what lies behind it."""

    url: str
    dependencies: ApiDependencies
    alerts: ArchivedAlerts
    events: list[tuple[str, StreamEvent]]
    site_status: MemoryStatusStore
    site: MemorySite
    telemetry: InMemoryTelemetry
    http: httpx.Client = field(repr=False)

    @property
    def ws(self) -> str:
        return self.url.replace("http://", "ws://")


def probed_at_once(source: str, _transport: Transport) -> ProbeReport:
    """Say that a source is away, without looking: it belongs to nobody's test."""
    return ProbeReport(source=ProbedSource(redact(source), "stream", "unreachable", "not asked"))


class MemoryParts:
    """What the API works with, in memory; the archive is a file of SQLite in a folder.

    Args:
        directory: who is who; the site's key or None: whoever is in the archive.
        clock: by which sessions and keys end.
    """

    def __init__(
        self,
        folder: Path,
        *,
        directory: Directory | str | None,
        flow: FlowModel,
        scoring: Scoring | None = None,
        check_store: Callable[[], None] = lambda: None,
        cameras: Mapping[str, float | None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.telemetry, self.site = InMemoryTelemetry(), MemorySite()
        self.events: list[tuple[str, StreamEvent]] = []
        self.alerts = ArchivedAlerts(
            self.events, telemetry=self.telemetry, folder=folder, clock=time.time
        )
        self.board = MemoryStatusStore(self.site, clock=time.time)
        database = self.alerts.database
        rows = [
            {"name": name, "source": SOURCE, "threshold": threshold}
            for name, threshold in (cameras or {"gate": THRESHOLD}).items()
        ]
        self.models = MemoryModels(clock=time.time)
        self.changes = memory_changes(
            self.models, flow.card, self.board, self.telemetry, self.events
        )
        self.site_store, self.storage = MemorySiteStore(), Storage()
        self.deciders = 1
        watch = SiteWatch(load(None, {"cameras": rows}), self.site_store)
        self.dependencies = ApiDependencies(
            flow=flow,
            scoring=scoring or LocalScoring(flow),
            wanted_provider="auto",
            watch=watch,
            site_store=self.site_store,
            backgrounds=MemoryBackgrounds(),
            stills=MemoryStills(clock=time.monotonic),
            discover=lambda: [FoundCamera("10.0.0.7", "Gate"), FoundCamera("10.0.0.9", "Hall")],
            probe_source=probed_at_once,
            threshold_by=lambda card: card.threshold,
            arming=LiveArming(self.site_store, watch.current.settings, telemetry=self.telemetry),
            alerts=self.alerts.reader,
            episodes=self.alerts.episodes,
            stretches=DatabaseStretches(database),
            sightings=MemorySightings(),
            calibrations=MemoryCalibrations(),
            scenes=MemoryScenes(),
            drift=MemoryDrift(),
            model_changes=self.changes,
            model_registry=self.models,
            shadow_states=MemoryShadowStates(),
            snoozes=MemorySnoozes(),
            canary=MemoryCanaryBoard(clock=time.time),
            system_events=MemorySystemEvents(self.events, clock=time.time),
            outputs=memory_desk(self.site, database, self.telemetry),
            acts=self.alerts,
            check_archive=database.check,
            feed=MemoryAlertFeed(self.events),
            site_status=self.board,
            check_store=check_store,
            deciders=lambda: self.deciders,
            read_storage=lambda: self.storage,
            telemetry=self.telemetry,
            render_metrics=lambda: b"posewarden_up 1\n",
            clock=time.time,
            **access_over(
                database,
                directory,
                clock=clock or Clock(time.time()),
                telemetry=self.telemetry,
            ),
            score_within_s=PATIENCE_S,  # a busy machine may take longer than a client would wait
        )

    def service(self, url: str, http: httpx.Client) -> Service:
        """Return them with where they are served."""
        return Service(
            url,
            self.dependencies,
            self.alerts,
            self.events,
            self.board,
            self.site,
            self.telemetry,
            http,
        )

    def close(self) -> None:
        """Close the archive."""
        self.alerts.database.close()


def poses(frames: int = FRAMES, *, jump_at: int | None = None) -> list[list[list[float]]]:
    """A standing person, who leaps aside at one frame if asked."""
    body = [[100.0 + 3 * (joint % 5), 50.0 + 10 * joint, 0.9] for joint in range(17)]
    shifted = [[x + 150.0, y, c] for x, y, c in body]
    return [shifted if jump_at is not None and t >= jump_at else body for t in range(frames)]


def alert(number: int, *, version: int = 1, state: str = "open", at: float = 1000.0) -> Alert:
    """An alert of the camera gate."""
    return Alert(
        id=f"alert-{number}",
        camera="gate",
        person=f"gate/s/{number}",
        state=state,  # type: ignore[arg-type]
        opened_at=at + number,
        updated_at=at + number,
        closed_at=at + number + 5 if state == "closed" else None,
        peak_score=2.5,
        peak_at=at + number,
        threshold=2.0,
        joints=("nose",),
        model="ab" * 32,
        version=version,
    )


def opened(number: int, *, at: float = 1000.0) -> AlertEvent:
    """The event that opens it."""
    return AlertEvent(type="opened", alert=alert(number, at=at))


CLIP = AlertPoses(
    fps=24.0,
    poses=[[(1.0, 2.0, 0.5)] * 17] * FRAMES,
    joint_map=[[0.1] * 18] * FRAMES,
)


class KnownKeys(Directory):
    """A directory of keys that tests name: whoever sends a principal's name as key is that one."""

    def __init__(self, *principals: Principal) -> None:
        super().__init__("the-key-of-the-site")
        self.principals = {each.name: each for each in principals}

    def by_key(self, key: str) -> Identity | None:
        known = self.principals.get(key)
        return super().by_key(key) if known is None else Identity(principal=known, credential=key)

    def still(self, identity: Identity) -> Principal | None:
        if not identity.credential:
            return super().still(identity)
        return self.principals.get(identity.credential)


class Serving:
    """The API on a free port, in a thread."""

    def __init__(self, dependencies: ApiDependencies, shared: SharedDeflate | None = None) -> None:
        config = uvicorn.Config(
            create_app(dependencies),
            port=0,
            log_config=None,
            access_log=False,
            http=HttpProtocol,
            ws=socket_protocol(shared),
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.005)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
