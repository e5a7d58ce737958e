"""Reads secrets from files, as Docker and Kubernetes provide them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from service.config.outputs.any_output import OUTPUT_SECRETS
from service.config.problem import ConfigProblem

SECRETS = (
    ("api_key",),
    ("redis", "url"),
    ("redis", "password"),
    ("archive", "url"),
    ("archive", "password"),
    ("system_alerts", "heartbeat_url"),
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
    if isinstance(whole.get("outputs"), list | tuple):
        whole["outputs"] = [
            read_output_secrets(f"outputs[{index}]", output, problems)
            for index, output in enumerate(whole["outputs"])
        ]
    return whole, problems


def read_output_secrets(place: str, output: object, problems: list[ConfigProblem]) -> object:
    """Return one output's settings with the secrets that its `…_file` settings name.

    Args:
        problems: gets what is wrong, by the place of the output.
    """
    if not isinstance(output, Mapping):
        return output
    fields = dict(output)
    for name in OUTPUT_SECRETS:
        problems += (
            ConfigProblem(f"{place}.{name}_file", message) for message in _resolve(fields, name)
        )
    return fields


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
