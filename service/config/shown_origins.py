"""Says where each setting that holds comes from: the API, the environment, the file, a default."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from service.config.effective import ZONE_SETTINGS, CameraDocument, EffectiveSite
from service.config.exported import MERGES, with_documents
from service.config.load import Layers
from service.config.plain_values import plain

Path: TypeAlias = tuple[str, ...]


def shown_settings(site: EffectiveSite, layers: Layers) -> Iterator[str]:
    """Yield a line for each setting, secrets redacted."""
    whole = plain(with_documents(site), with_secrets=False, given_only=False)
    cameras = whole.pop("cameras")
    over_api = {name for merge in MERGES for name in merge(site)}
    for path, value in _leaves(whole):
        origin = "API" if path[0] in over_api else _given(path, layers)
        yield _line(path, value, origin)
    for camera in cameras:
        yield from _camera(camera, site, layers)


def _camera(camera: Mapping[str, Any], site: EffectiveSite, layers: Layers) -> Iterator[str]:
    name = camera["name"]
    origin, document = site.origin_of(name), site.documents.of("cameras").get(name)
    api = f"API, version {origin.version}"
    stored = None if document is None else msgspec.json.decode(document.body, type=CameraDocument)
    set_over_api = set() if stored is None else set(stored.settings)
    if name in site.documents.of("zones"):
        set_over_api |= ZONE_SETTINGS
    if name in site.documents.of("budgets"):
        set_over_api.add("alarms_per_day")
    of_file = _of_file(name, layers)
    for key, value in camera.items():
        if key == "name":
            continue
        where = _given(("cameras",), layers) if key in of_file else "default"
        yield _line(("cameras", name, key), value, api if key in set_over_api else where)


def _of_file(camera: str, layers: Layers) -> frozenset[str]:
    """Return the settings that the file, or the environment, gives of a camera."""
    given = layers.environment.get("cameras", layers.file.get("cameras")) or ()
    found = [each for each in given if each.get("name") == camera]
    return frozenset(found[0]) if found else frozenset()


def _given(path: Path, layers: Layers) -> str:
    if _has(layers.environment, path):
        return "environment"
    return "file" if _has(layers.file, path) else "default"


def _has(layer: object, path: Path) -> bool:
    """Tell whether a layer gives this setting, or a whole that it is in."""
    for step in path:
        if isinstance(layer, list | tuple):
            return True
        if not isinstance(layer, Mapping) or step not in layer:
            return isinstance(layer, Mapping) and f"{step}_file" in layer
        layer = layer[step]
    return True


def _leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _leaves(each, (*path, str(name)))
    else:
        yield path, value


def _line(path: Path, value: object, origin: str) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return f"{'.'.join(path)}: {shown}  ({origin})"
