"""Settings as the plain values that YAML and people read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from service.config.camera_settings import CameraSettings
from service.config.storage_settings import ArchiveSettings, RedisSettings
from tracker.sources.redaction import redact

# Of these only user and password are secret; of other secrets, such as the address of a webhook,
# everything may be.
ADDRESSES: Mapping[type[BaseModel], frozenset[str]] = {
    CameraSettings: frozenset({"source", "substream"}),
    RedisSettings: frozenset({"url"}),
    ArchiveSettings: frozenset({"url"}),
}
HIDDEN = "***"
_HOST = re.compile(r"([a-z][a-z0-9+.-]*://)(?:[^/?#]*@)?([^/?#@]*)")


def plain(value: Any, *, with_secrets: bool, given_only: bool = True) -> Any:  # noqa: ANN401 -- whatever a setting holds
    """Return a value as numbers, words, lists and mappings.

    Args:
        with_secrets: show secrets; else `***` stands in their place.
        given_only: leave out settings that have their defaults because nobody gave them.
    """
    again = partial(plain, with_secrets=with_secrets, given_only=given_only)
    if isinstance(value, SecretStr):
        return value.get_secret_value() if with_secrets else _hidden(value.get_secret_value())
    if isinstance(value, BaseModel):
        shown = frozenset() if with_secrets else ADDRESSES.get(type(value), frozenset())
        names = _given(value, shown, with_secrets) if given_only else type(value).model_fields
        return {
            name: redacted(getattr(value, name)) if name in shown else again(getattr(value, name))
            for name in names
        }
    if is_dataclass(value) and not isinstance(value, type):
        return again(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): again(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [again(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def _given(model: BaseModel, shown: frozenset[str], with_secrets: bool) -> Iterator[str]:
    """Yield the settings that somebody gave, as far as a file can say them.

    A secret that was read from a file is said by that one's name; one that is not shown is left
    out, where it can be: three stars may be too short for it.
    """
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name not in model.model_fields_set:
            continue
        if isinstance(value, SecretStr):
            from_file = getattr(model, f"{name}_file", None) is not None
            says_nothing = not with_secrets and "://" not in value.get_secret_value()
            is_left_out = name not in shown and says_nothing and not field.is_required()
            if from_file or is_left_out:
                continue
        yield name


def redacted(address: SecretStr | None) -> str | None:
    """Return an address without user, password and secrets."""
    return None if address is None else redact(address.get_secret_value())


def _hidden(secret: str) -> str:
    """Return what may be shown of a secret: of an address where it leads to."""
    host = _HOST.match(secret)
    return f"{host[1]}{host[2]}/{HIDDEN}" if host else HIDDEN
