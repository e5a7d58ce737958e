"""The settings that hold: the site's file, and on top of it what people set over the API."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import msgspec
from pydantic import ValidationError

from service.config.budget_settings import CameraBudget, camera_budgets
from service.config.camera_settings import CameraSettings
from service.config.effective_outputs import EffectiveOutputs, effective_outputs
from service.config.problem import ConfigProblem
from service.config.settings import Settings
from service.config.validation import validation_problems
from service.ports.site import UNREADABLE, SiteDocument, SiteDocuments

Origin: TypeAlias = Literal["file", "api"]

# What the API may set of a camera that the site's file has; the rest is the file's.
OVERRIDABLE = frozenset({"kinds", "paused", "threshold"})
# What the API sets of every camera by documents of their own.
ZONE_SETTINGS = frozenset({"zones", "min_height_px"})


class CameraDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people set of one camera.

    Attributes:
        origin: `api`: the whole camera; `file`: some settings of one in the site's file.
        settings: as in the site's file, without the name.
        deleted: it is no camera any more; kept until its open alerts are closed.
    """

    origin: Origin
    settings: dict[str, Any] = {}
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class CameraOrigin:
    """Where a camera's settings come from.

    Attributes:
        version: of the site when they were last changed over the API; 0: never.
        overridden: the settings in whose place the API's hold, of a camera of the file.
    """

    origin: Origin = "file"
    version: int = 0
    overridden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSite:
    """The settings that hold as of one version of the site.

    Attributes:
        settings: the file's with everything that was set over the API.
        documents: what was set over the API.
        origins: of every camera, by name.
        budgets: of cameras whose thresholds follow one, by name.
        outputs: where the outputs come from.
        deleted: versions of cameras whose open alerts are yet to be closed, by name.
        backgrounds: tags of the pictures behind cameras, by name.
        conflicts: cameras that are in the file and were added over the API, too; the file's hold.
        problems: documents that do not read, of which nothing holds.
    """

    settings: Settings
    documents: SiteDocuments = field(default_factory=SiteDocuments)
    origins: Mapping[str, CameraOrigin] = field(default_factory=dict)
    budgets: Mapping[str, CameraBudget] = field(default_factory=dict)
    outputs: EffectiveOutputs = field(default_factory=EffectiveOutputs)
    deleted: Mapping[str, int] = field(default_factory=dict)
    backgrounds: Mapping[str, str] = field(default_factory=dict)
    conflicts: tuple[ConfigProblem, ...] = ()
    problems: tuple[ConfigProblem, ...] = ()

    @property
    def version(self) -> int:
        """The site's version; 0 before anything was set."""
        return self.documents.version

    def origin_of(self, camera: str) -> CameraOrigin:
        """Return where a camera's settings come from."""
        return self.origins.get(camera, CameraOrigin())


def effective(settings: Settings, documents: SiteDocuments) -> Settings:
    """Return the settings that hold: the file's, and on top of them what the documents set."""
    return effective_site(settings, documents).settings


def effective_site(settings: Settings, documents: SiteDocuments) -> EffectiveSite:
    """Return the settings that hold, and where they come from."""
    merging = _CameraMerge(settings)
    for name, document in sorted(documents.of("cameras").items()):
        merging.add(name, document)
    for name, document in sorted(documents.of("zones").items()):
        merging.draw(name, document)
    budgets, unread = camera_budgets(
        settings.alarms_per_day,
        {
            name: camera.alarms_per_day
            for name, camera in merging.cameras.items()
            if camera.threshold is None
        },
        documents,
    )
    outputs = effective_outputs(settings, documents)
    holding = {"cameras": tuple(merging.cameras.values()), "outputs": outputs.outputs}
    return EffectiveSite(
        settings=settings.model_copy(update=holding),
        outputs=outputs,
        documents=documents,
        origins=merging.origins,
        budgets=budgets,
        deleted=merging.deleted,
        backgrounds=_tags(documents),
        conflicts=tuple(merging.conflicts),
        problems=(*merging.problems, *unread, *outputs.problems),
    )


class _Tagged(msgspec.Struct, frozen=True):
    tag: str


def _tags(documents: SiteDocuments) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, document in documents.of("backgrounds").items():
        with suppress(*UNREADABLE):
            found[name] = msgspec.json.decode(document.body, type=_Tagged).tag
    return found


class _CameraMerge:
    """Puts cameras of the API beside the file's, and what it sets over theirs."""

    def __init__(self, settings: Settings) -> None:
        self._file = {camera.name: camera for camera in settings.cameras}
        self.cameras = dict(self._file)
        self.origins = {name: CameraOrigin() for name in self._file}
        self.deleted: dict[str, int] = {}
        self.conflicts: list[ConfigProblem] = []
        self.problems: list[ConfigProblem] = []

    def add(self, name: str, document: SiteDocument) -> None:
        """Add what one document sets."""
        try:
            stored = msgspec.json.decode(document.body, type=CameraDocument)
        except UNREADABLE as err:
            self.problems.append(ConfigProblem(f"camera {name}", f"its document: {err}"))
            return
        if name in self._file:
            self._override(name, stored, document.version)
        elif stored.deleted:
            self.deleted[name] = document.version
        elif stored.origin == "api":
            self._put(name, stored.settings, CameraOrigin("api", document.version))

    def draw(self, name: str, document: SiteDocument) -> None:
        """Put zones that were drawn over the API in the place of a camera's own."""
        if name not in self.cameras:
            return
        try:
            drawn = msgspec.json.decode(document.body, type=dict[str, Any])
        except UNREADABLE as err:
            self.problems.append(ConfigProblem(f"zones of camera {name}", f"their document: {err}"))
            return
        before = self.origins[name]
        overridden = before.overridden | (ZONE_SETTINGS if before.origin == "file" else set())
        version = max(before.version, document.version)
        changes = {key: value for key, value in drawn.items() if key in ZONE_SETTINGS}
        if "dwell" not in self.cameras[name].kinds:
            # The kinds were changed later, in the file: all other zones still hold.
            changes, left_out = _without_rules(changes)
            self.problems += [ConfigProblem(f"zones of camera {name}", each) for each in left_out]
        origin = CameraOrigin(before.origin, version, overridden)
        self._put(name, {**as_fields(self.cameras[name]), **changes}, origin)

    def _override(self, name: str, stored: CameraDocument, version: int) -> None:
        if stored.origin == "api":
            if not stored.deleted:
                self.conflicts.append(ConfigProblem(f"camera {name}", TWICE.format(name=name)))
            return
        changes = {key: value for key, value in stored.settings.items() if key in OVERRIDABLE}
        origin = CameraOrigin("file", version, frozenset(changes))
        self._put(name, {**as_fields(self._file[name]), **changes}, origin)

    def _put(self, name: str, fields: Mapping[str, Any], origin: CameraOrigin) -> None:
        given = {**fields, "name": name}
        try:
            self.cameras[name] = CameraSettings(**given)
        except ValidationError as err:
            self.problems += [
                ConfigProblem(f"camera {name}: {each.path}", each.message)
                for each in validation_problems(err, given)
            ]
        else:
            self.origins[name] = origin


TWICE = (
    "it is in the site's file and was added over the API, too; give it another name in the file, "
    "or remove one: leave it out of the file, start, and DELETE /cameras/{name}"
)


def as_fields(camera: CameraSettings) -> dict[str, Any]:
    """Return the settings that were given, as they are in the site's file, secrets in the clear."""
    fields = camera.model_dump(mode="json", exclude_unset=True, exclude={"name"})
    for name in ("source", "substream"):
        if (secret := getattr(camera, name)) is not None:
            fields[name] = secret.get_secret_value()
    return fields


def _without_rules(drawn: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return zones without rules for stays, and what was left out in words."""
    zones = drawn.get("zones")
    if not isinstance(zones, list):
        return dict(drawn), []
    rules = [each for each in zones if isinstance(each, dict) and each.get("dwell_s") is not None]
    said = [
        f"dwell_s of {each.get('name')!r} does not hold: kinds leaves dwell out" for each in rules
    ]
    plain = [{**each, "dwell_s": None} if each in rules else each for each in zones]
    return {**drawn, "zones": plain}, said
