"""Reads secrets from files, as Docker and Kubernetes provide them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from service.config.problem import ConfigProblem

SECRETS = (
    ("api_key",),
    ("redis", "url"),
    ("redis", "password"),
    ("archive", "url"),
    ("archive", "password"),
)
MAX_BYTES = 4096


def read_secrets(layer: Mapping[str, Any]) -> tuple[dict[str, Any], list[ConfigProblem]]:
    """Return one layer of the configuration with the secrets that its `…_file` settings name.

    A file that cannot be read, or a secret that is given both ways, is among the problems.
    """
    whole = dict(layer)
    problems: list[ConfigProblem] = []
    for *section, name in SECRETS:
        fields = whole
        if section:
            if not isinstance(whole.get(section[0]), Mapping):
                continue
            fields = whole[section[0]] = dict(whole[section[0]])
        path = ".".join((*section, f"{name}_file"))
        problems += (ConfigProblem(path, message) for message in _resolve(fields, name))
    return whole, problems


def _resolve(fields: dict[str, Any], name: str) -> Iterator[str]:
    """Read one secret into its field; yield what is wrong, never the secret itself."""
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
        yield f"{file} cannot be read: {getattr(err, 'strerror', None) or 'it is not text'}"
        return
    if not secret or len(content) > MAX_BYTES or "\n" in secret:
        yield f"{file} must hold one line of at most {MAX_BYTES} bytes"
        return
    fields[name] = secret
