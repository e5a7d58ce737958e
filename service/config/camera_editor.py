"""Adds, changes and removes cameras while the site runs; checked like those of the site's file."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from pydantic import ValidationError

from service.config.api_sources import source_problem
from service.config.camera_settings import CameraSettings
from service.config.effective import (
    OVERRIDABLE,
    ZONE_SETTINGS,
    CameraDocument,
    EffectiveSite,
    as_fields,
)
from service.config.problem import ConfigProblem
from service.config.settings import Settings
from service.config.site_watch import SiteWatch
from service.config.validation import validation_problems
from service.ports.site import SiteChanged, SiteStore
from service.sentences import cameras as said
from service.sentences.values import UNKNOWN_SETTING
from tracker.errors import WardenError
from tracker.sources.redaction import redact
from tracker.wording import Sentence, joined

CAMERAS_BOUND = 256
REDACTED = "***"
SECRETS = ("source", "substream")

Refusal: TypeAlias = Literal[
    "no-such-camera", "name-taken", "file-camera", "wrong-camera", "camera-changed", "site-full"
]


class CameraRefused(WardenError):
    """A change of a camera that is not made.

    Attributes:
        kind: why, in a word.
        setting: the one that is wrong; None where it is none.
    """

    def __init__(self, kind: Refusal, text: Sentence, setting: str | None = None) -> None:
        super().__init__(text)
        self.kind: Refusal = kind
        self.setting = setting


class CameraEditor:
    """Changes the site's cameras; every process takes the change within seconds.

    Every call raises CameraRefused with the remedy, or StoreUnavailable while Redis does not
    answer.
    """

    def __init__(self, watch: SiteWatch, store: SiteStore) -> None:
        self._watch = watch
        self._store = store

    def add(self, fields: Mapping[str, Any]) -> EffectiveSite:
        """Add a camera.

        Args:
            fields: its settings, as in the site's file.
        """
        camera = _checked(fields, self._watch.current.settings)
        settings = {key: value for key, value in fields.items() if key != "name"}
        document = CameraDocument(origin="api", settings=settings)

        def attempt(site: EffectiveSite) -> None:
            _refuse_taken(camera.name, site)
            if len(site.settings.cameras) >= CAMERAS_BOUND:
                raise CameraRefused("site-full", said.TOO_MANY_CAMERAS(most=CAMERAS_BOUND))
            self._write(site, camera.name, document)

        return self._retried(attempt)

    def change(
        self, name: str, changes: Mapping[str, Any], expected: int | None = None
    ) -> EffectiveSite:
        """Change settings of a camera; None takes one back to the default, or the file's value.

        Args:
            expected: the version that the camera must still have; None: any.
        """

        def attempt(site: EffectiveSite) -> None:
            camera, stored = require_version(name, site, expected), _stored(name, site)
            _refuse_name(name, changes)
            _refuse_zones(name, changes)
            _refuse_idle_rules(camera, changes)
            if site.origin_of(name).origin == "file":
                _refuse_others(name, changes)
            given = _without_known_secrets(changes, camera)
            merged = {**stored.settings, **given}
            settings = {key: value for key, value in merged.items() if value is not None}
            if settings == stored.settings:
                return
            if stored.origin == "api":
                _checked({**settings, "name": name}, site.settings, changed=given.keys())
            else:
                file = self._watch.file_camera(name)
                _checked({**as_fields(file), **settings, "name": name}, site.settings, changed=())
            nothing_left = stored.origin == "file" and not settings
            document = msgspec.structs.replace(stored, settings=settings)
            self._write(site, name, None if nothing_left else document)

        return self._retried(attempt)

    def remove(self, name: str, expected: int | None = None) -> EffectiveSite:
        """Remove a camera that was added over the API; its open alerts are closed.

        Args:
            expected: as of `change`.
        """

        def attempt(site: EffectiveSite) -> None:
            require_version(name, site, expected)
            if site.origin_of(name).origin == "file":
                raise CameraRefused("file-camera", said.CAMERA_OF_FILE(name=name))
            self._write(site, name, CameraDocument(origin="api", deleted=True))
            self._store.write("zones", name, None)  # a camera of this name would have them

        return self._retried(attempt)

    def _retried(self, attempt: Callable[[EffectiveSite], None]) -> EffectiveSite:
        """Make a change that others may cross; return the site with it."""
        try:
            return self._watch.make(attempt)
        except SiteChanged as err:
            raise CameraRefused("camera-changed", said.CAMERA_CROSSED()) from err

    def _write(self, site: EffectiveSite, name: str, document: CameraDocument | None) -> None:
        known = site.documents.of("cameras").get(name)
        body = None if document is None else msgspec.json.encode(document)
        expected = 0 if known is None else known.version
        self._store.write("cameras", name, body, expected=expected)


def camera_of(site: EffectiveSite, name: str) -> CameraSettings:
    """Return a camera's settings.

    Raises:
        CameraRefused: there is no such camera.
    """
    for camera in site.settings.cameras:
        if camera.name == name:
            return camera
    raise no_camera(name)


def no_camera(name: str) -> CameraRefused:
    """Return the refusal of a camera that is not there."""
    return CameraRefused("no-such-camera", said.NO_SUCH_CAMERA(name=name[:64]))


def require_version(name: str, site: EffectiveSite, expected: int | None) -> CameraSettings:
    """Return a camera's settings.

    Raises:
        CameraRefused: there is no such camera, or it has another version than expected.
    """
    camera, version = camera_of(site, name), site.origin_of(name).version
    if expected is not None and expected != version:
        text = said.CAMERA_CHANGED(name=name, version=version, expected=expected)
        raise CameraRefused("camera-changed", text)
    return camera


def shown(camera: CameraSettings) -> dict[str, Any]:
    """Return all of a camera's settings for people, addresses without their secrets."""
    fields = camera.model_dump(mode="json", exclude={"name"})
    for name in SECRETS:
        if (secret := getattr(camera, name)) is not None:
            fields[name] = redact(secret.get_secret_value())
    return fields


def _stored(name: str, site: EffectiveSite) -> CameraDocument:
    """Return what was set of a camera; nothing yet, of one of the file."""
    document = site.documents.of("cameras").get(name)
    stored = None if document is None else msgspec.json.decode(document.body, type=CameraDocument)
    if stored is None or stored.deleted or stored.origin != site.origin_of(name).origin:
        return CameraDocument(origin="file")
    return stored


def _refuse_taken(name: str, site: EffectiveSite) -> None:
    if name not in {camera.name for camera in site.settings.cameras}:
        return
    in_file = site.origin_of(name).origin == "file"
    text = (said.NAME_IN_FILE if in_file else said.NAME_TAKEN)(name=name)
    raise CameraRefused("name-taken", text, "name")


def _refuse_name(name: str, changes: Mapping[str, Any]) -> None:
    if changes.get("name", name) != name:
        raise CameraRefused("wrong-camera", said.NAME_STAYS(name=name), "name")


def _refuse_zones(name: str, changes: Mapping[str, Any]) -> None:
    """Refuse zones, which have a route of their own: both at once would leave it open who wins."""
    for key in sorted(changes.keys() & ZONE_SETTINGS):
        raise CameraRefused("wrong-camera", said.ZONES_APART(setting=key, name=name), key)


def _refuse_idle_rules(camera: CameraSettings, changes: Mapping[str, Any]) -> None:
    """Refuse kinds that would leave rules for stays without effect."""
    rules = [zone.name for zone in camera.drawn.named if zone.dwell_s is not None]
    kinds = changes.get("kinds")
    if rules and isinstance(kinds, list) and "dwell" not in kinds:
        text = said.DWELL_LEFT_OUT(zone=rules[0], name=camera.name)
        raise CameraRefused("wrong-camera", text, "kinds")


def _refuse_others(name: str, changes: Mapping[str, Any]) -> None:
    """Refuse what only the file may say of its cameras."""
    for key in changes:
        if key not in CameraSettings.model_fields:
            raise _wrong([ConfigProblem(key, UNKNOWN_SETTING())])
        if key not in OVERRIDABLE and key != "name":
            text = said.SET_IN_FILE(name=name, setting=key, settings=sorted(OVERRIDABLE))
            raise CameraRefused("file-camera", text, key)


def _without_known_secrets(changes: Mapping[str, Any], camera: CameraSettings) -> dict[str, Any]:
    """Leave out addresses that are sent back as they were shown: the stored ones stay."""
    kept = {key: value for key, value in changes.items() if key != "name"}
    for name in SECRETS:
        secret = getattr(camera, name)
        if secret is not None and kept.get(name) == redact(secret.get_secret_value()):
            del kept[name]
    return kept


def _checked(
    fields: Mapping[str, Any], site: Settings, *, changed: Collection[str] = SECRETS
) -> CameraSettings:
    """Return the settings as those of the site's file are read.

    Args:
        changed: the settings whose addresses come over the API now.

    Raises:
        CameraRefused: they are wrong; the text names each setting.
    """
    try:
        camera = CameraSettings(**fields)
    except ValidationError as err:
        # The cause quotes the address.
        raise _wrong(list(validation_problems(err, fields))) from None
    except TypeError:
        raise _wrong([ConfigProblem("", said.NO_OBJECT())]) from None
    for name in SECRETS:
        address = fields.get(name)
        if name not in changed or not isinstance(address, str):
            continue
        if (problem := _address_problem(address, site)) is not None:
            raise _wrong([ConfigProblem(name, problem)])
    return camera


def _address_problem(address: str, site: Settings) -> Sentence | None:
    if f"{REDACTED}@" in address or f"={REDACTED}" in address:
        return said.HIDDEN_SENT(sign=REDACTED)
    return source_problem(address, site.media_folder)


def _wrong(problems: list[ConfigProblem]) -> CameraRefused:
    first = problems[0].path.partition(".")[0].partition("[")[0] or None
    return CameraRefused("wrong-camera", joined(each.sentence for each in problems), first)
