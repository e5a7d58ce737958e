"""Reads settings from environment variables: `POSEWARDEN_REDIS__URL` sets `redis.url`."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.config.problem import ConfigProblem
from service.config.settings import Settings

log = logging.getLogger(__name__)
PREFIX = "POSEWARDEN_"
SECTIONS = frozenset(
    ("redis", "archive", "retention", "alerts", "traces", "system_alerts", "canary", "tls")
)
# Lists and whole sections do not fit into plain text.
JSON_FIELDS = SECTIONS | {
    "cameras",
    "outputs",
    "model_folders",
    "allowed_origins",
    "trusted_proxies",
}

# What Kubernetes and Docker's links tell every container of a Service called posewarden…:
# POSEWARDEN_PORT=tcp://10.0.0.1:80, POSEWARDEN_SERVICE_HOST, POSEWARDEN_PORT_80_TCP_ADDR and so on.
LINK_NAME = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
LINK_VALUE = re.compile(r"(tcp|udp|sctp)://[^/\s]+:\d+")


def read_environment(variables: Mapping[str, str]) -> tuple[dict[str, Any], list[ConfigProblem]]:
    """Return the settings that the variables name, and what is wrong with these names and values.

    A variable of a section's field wins over one that holds the section as JSON. Variables that
    Kubernetes sets for a Service called posewarden… are ignored, and named in the log.
    """
    named = {name: value for name, value in variables.items() if name.upper().startswith(PREFIX)}
    links = {name for name, value in named.items() if _is_service_link(name, value)}
    _report_links(links)
    ours = sorted(
        (name[len(PREFIX) :].lower().split("__"), name, value)
        for name, value in named.items()
        if name not in links
    )
    settings: dict[str, Any] = {}
    problems: list[ConfigProblem] = []
    for path, name, value in ours:  # a section sorts before its fields
        if found := list(_name_problems(name, path)):
            problems += found
            continue
        field, *rest = path
        try:
            if rest:
                settings.setdefault(field, {})["__".join(rest)] = value
            else:
                settings[field] = json.loads(value) if field in JSON_FIELDS else value
        except (ValueError, RecursionError):
            problems.append(ConfigProblem(f"environment {name}", "is not JSON, as lists must be"))
        except TypeError:
            problems.append(ConfigProblem(f"environment {name}", f"{field} is not an object"))
    return settings, problems


def _is_service_link(name: str, value: str) -> bool:
    """Tell whether Kubernetes or Docker set this variable because of a Service's name."""
    if LINK_NAME.fullmatch(name):
        return True
    return name.endswith("_PORT") and LINK_VALUE.fullmatch(value) is not None


def _report_links(links: set[str]) -> None:
    if links:
        log.warning(
            "ignoring %s: Kubernetes sets them for a Service called posewarden…, they are no "
            "settings; `enableServiceLinks: false` in the pod keeps them away",
            ", ".join(sorted(links)),
        )


def _name_problems(name: str, path: list[str]) -> Iterator[ConfigProblem]:
    field, *rest = path
    if field not in Settings.model_fields:
        known = ", ".join(PREFIX + each.upper() for each in Settings.model_fields)
        yield ConfigProblem(f"environment {name}", f"no such setting; known are {known}")
    elif rest and field not in SECTIONS:
        yield ConfigProblem(f"environment {name}", f"{field} has no fields of its own")
