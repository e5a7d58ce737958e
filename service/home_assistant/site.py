"""The site as Home Assistant sees it: facts from everywhere, and changes in an output's name."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from inference.types import KINDS, Alert
from service.access.ports import AuditLog
from service.archive.reading import AlertReader
from service.config.budget_settings import BudgetDocument
from service.config.live_arming import LiveArming
from service.config.site_watch import SiteWatch
from service.home_assistant.ports import CameraFacts, CommandRefused, MirroredSite, SiteFacts
from service.operations.arming import ModeChoice
from service.outputs.figure import figure_png
from service.ports.site import SiteChanged, SiteFull, SiteStore
from service.ports.snoozes import SnoozeStore
from service.ports.status import SiteStatus
from service.records import AlertFilter, AuditEntry, Snooze
from service.system_events import SystemEvents
from tracker.types import CameraStatus, FrameView

OPEN_BOUND = 200  # as many open alerts as a page holds
NEWEST = 50
SHOWN_CHARACTERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDependencies:
    """Where facts come from, and where changes go.

    Attributes:
        author: in whose name changes are made.
        clock: UTC seconds.
    """

    author: str
    watch: SiteWatch
    status: SiteStatus
    reader: AlertReader
    arming: LiveArming
    snoozes: SnoozeStore
    store: SiteStore
    events: SystemEvents
    audit: AuditLog
    clock: Callable[[], float]


class LiveSite(MirroredSite):
    """Reads everything at each call; one thread uses it."""

    def __init__(self, dependencies: SiteDependencies) -> None:
        self._parts = dependencies
        self._last: dict[str, Alert | None] = {}

    def facts(self) -> SiteFacts:
        parts, now = self._parts, self._parts.clock()
        site, arming = parts.watch.current, parts.arming.current()
        names = [camera.name for camera in site.settings.cameras]
        statuses, views = parts.status.cameras(), parts.status.views(names)
        open_alerts = self._open(names)
        snoozes = [each for each in parts.snoozes.all() if each.holds_at(now)]
        budgets = {name: found.budget.per_day for name, found in site.budgets.items()}
        cameras = {
            name: CameraFacts(
                name=name,
                is_connected=_is_connected(statuses.get(name)),
                fps=statuses[name].fps if name in statuses else 0.0,
                people=_people(views.get(name)),
                score=self._score(name, views.get(name)),
                open_alert=open_alerts.get(name),
                last_alert=self._last.get(name),
                armed=bool(arming.armed_kinds(name, KINDS, now)),
                suspended_min=_suspended_min(snoozes, name, now),
                alarms_per_day=budgets.get(name),
            )
            for name in names
        }
        newest = parts.events.newest()
        troubles = [each.reason for each in newest if each.state == "raised"]
        modes = list(arming.plan.modes)
        return SiteFacts(cameras=cameras, mode=arming.mode_at(now), modes=modes, troubles=troubles)

    def figure(self, alert: Alert) -> bytes | None:
        found = self._parts.reader.get(alert.id)
        return None if found is None or found.poses is None else figure_png(found.poses)

    def arm(self, camera: str, armed: bool) -> None:
        self._require(camera)
        parts, now = self._parts, self._parts.clock()
        before = parts.arming.newest().armed_by_hand(camera, now)
        try:
            parts.arming.choose_camera(camera, armed, by=parts.author, at=now)
        except (SiteChanged, SiteFull) as err:
            raise CommandRefused(str(err)) from err
        self._audit("arming.camera", camera, before, armed)

    def suspend(self, camera: str, minutes: float) -> None:
        self._require(camera)
        parts, now = self._parts, self._parts.clock()
        ours = [
            each
            for each in parts.snoozes.all()
            if each.author == parts.author and each.camera == camera and each.holds_at(now)
        ]
        for snooze in ours:
            ended = msgspec.structs.replace(snooze, stopped_at=now, stopped_by=parts.author)
            parts.snoozes.put(ended)
            self._audit("snooze.end", camera, snooze.id, None)
        if minutes <= 0:
            return
        made = Snooze(
            id=uuid4().hex,
            camera=camera,
            kind=None,
            until=now + 60 * minutes,
            reason="suspended over MQTT",
            author=parts.author,
            created_at=now,
        )
        if not parts.snoozes.put(made):
            raise CommandRefused("there are too many snoozes; end some")
        self._audit("snooze.begin", camera, None, msgspec.to_builtins(made))

    def set_alarms_per_day(self, camera: str, number: float) -> None:
        self._require(camera)
        site = self._parts.watch.current
        settings = {each.name: each for each in site.settings.cameras}
        if settings[camera].threshold is not None:
            raise CommandRefused(
                f"{camera} has a threshold of its own, which wins over a budget; remove it first"
            )
        before = site.budgets.get(camera)
        body = msgspec.json.encode(BudgetDocument(number))
        try:
            self._parts.store.write("budgets", camera, body)
        except (SiteChanged, SiteFull) as err:
            raise CommandRefused(str(err)) from err
        self._audit("budget", camera, None if before is None else before.budget.per_day, number)

    def choose_mode(self, mode: str) -> None:
        arming = self._parts.arming.newest()
        if mode not in arming.plan.modes:
            known = ", ".join(arming.plan.modes)
            raise CommandRefused(
                f"no mode is called {mode[:SHOWN_CHARACTERS]!r}; there are {known}"
            )
        now = self._parts.clock()
        choice = ModeChoice(mode=mode, until=None, by=self._parts.author, at=now)
        try:
            self._parts.arming.choose(choice)
        except (SiteChanged, SiteFull) as err:
            raise CommandRefused(str(err)) from err
        self._audit("arming.mode", None, arming.mode_at(now), mode)

    def _require(self, camera: str) -> None:
        names = [each.name for each in self._parts.watch.current.settings.cameras]
        if camera not in names:
            raise CommandRefused(
                f"no camera is called {camera[:SHOWN_CHARACTERS]!r}; "
                f"there are {', '.join(names) or 'none'}"
            )

    def _open(self, names: Sequence[str]) -> dict[str, Alert]:
        """Return the gravest open alert of each camera; remember the newest of all."""
        reader = self._parts.reader
        for name in names:
            if name not in self._last:
                page, _ = reader.page(AlertFilter(cameras=(name,)), cursor=None, limit=1)
                self._last[name] = page[0].alert if page else None
        newest, _ = reader.page(AlertFilter(), cursor=None, limit=NEWEST)
        for each in reversed(newest):
            known = self._last.get(each.alert.camera)
            if known is None or each.alert.opened_at >= known.opened_at:
                self._last[each.alert.camera] = each.alert
        found: dict[str, Alert] = {}
        page, _ = reader.page(AlertFilter(states=("open",)), cursor=None, limit=OPEN_BOUND)
        for alert in sorted((each.alert for each in page), key=lambda one: KINDS.index(one.kind)):
            if alert.snoozed is None:
                found[alert.camera] = alert
        return found

    def _score(self, camera: str, view: FrameView | None) -> float | None:
        if view is None or not view.tracks:
            return None
        scores = self._parts.status.latest_nll(camera)
        present = [scores[str(each.person)] for each in view.tracks if str(each.person) in scores]
        return max(present, default=None)

    def _audit(self, action: str, camera: str | None, before: object, after: object) -> None:
        self._parts.audit.append(
            AuditEntry(
                at=self._parts.clock(),
                author=self._parts.author,
                origin="mqtt",
                action=action,
                details={"camera": camera, "before": before, "after": after},
            )
        )


def _is_connected(status: CameraStatus | None) -> bool:
    return status is not None and status.state == "live"


def _people(view: FrameView | None) -> int:
    return 0 if view is None else len(view.tracks)


def _suspended_min(snoozes: Sequence[Snooze], camera: str, now: float) -> float:
    ends = [each.until for each in snoozes if each.camera in (None, camera) and each.kind is None]
    return max((math.ceil((until - now) / 60) for until in ends), default=0)
