"""Secrets in files, as Docker and Kubernetes hand them out: `api_key_file` for `api_key`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tracker.errors import ConfigError

SECRETS = (("api_key",), ("redis", "url"), ("redis", "password"))
MAX_BYTES = 4096


def read_secrets(layer: Mapping[str, Any]) -> dict[str, Any]:
    """Return one layer of the configuration with the secrets that its `…_file` settings name.

    Each layer by itself, so that a secret of a higher layer wins over a file of a lower one.

    Raises:
        ConfigError: a file cannot be read, or a secret is given both ways; names each such setting.
    """
    whole = dict(layer)
    faults: list[str] = []
    for *section, name in SECRETS:
        fields = whole
        if section:
            if not isinstance(whole.get(section[0]), Mapping):
                continue
            fields = whole[section[0]] = dict(whole[section[0]])
        path = ".".join((*section, f"{name}_file"))
        faults.extend(f"{path}: {fault}" for fault in _take(fields, name))
    if faults:
        raise ConfigError("\n".join(faults))
    return whole


def _take(fields: dict[str, Any], name: str) -> Iterator[str]:
    """Read one secret into its place; yield what is wrong with it, never what it says."""
    file = fields.get(f"{name}_file")
    if file is None:
        return
    if fields.get(name) is not None:
        yield f"{name} is given beside it; leave one of them out"
        return
    try:
        with Path(str(file)).open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        secret = content.decode().rstrip("\r\n")
    except (OSError, ValueError) as err:
        yield f"{file} cannot be read: {getattr(err, 'strerror', None) or 'it is no text'}"
        return
    if not secret or len(content) > MAX_BYTES or "\n" in secret:
        yield f"{file} must hold one line of at most {MAX_BYTES} bytes"
        return
    fields[name] = secret
