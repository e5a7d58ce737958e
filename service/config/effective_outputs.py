"""The outputs that hold: those of the site's file, and those that were added over the API."""

from typing import Any, Literal

import msgspec
from pydantic import TypeAdapter, ValidationError

from service.config.outputs.any_output import AnyOutputSettings
from service.config.problem import ConfigProblem
from service.config.settings import Settings
from service.config.validation import validation_problems
from service.ports.site import UNREADABLE, SiteDocuments

_ANY_OUTPUT: TypeAdapter[AnyOutputSettings] = TypeAdapter(AnyOutputSettings)


class OutputDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What people set of one output.

    Attributes:
        origin: `api`: the whole output; `file`: whether one of the site's file is enabled.
        settings: as in the site's file, without the name, secrets in the clear.
    """

    origin: Literal["file", "api"]
    settings: dict[str, Any]


class EffectiveOutputs(msgspec.Struct, frozen=True, kw_only=True):
    """The outputs that hold.

    Attributes:
        outputs: those of the file first.
        versions: of the site when each was last changed over the API, by name.
        of_api: names of those that were added over the API.
        problems: documents that do not hold.
    """

    outputs: tuple[AnyOutputSettings, ...] = ()
    versions: dict[str, int] = {}
    of_api: frozenset[str] = frozenset()
    problems: tuple[ConfigProblem, ...] = ()


def read_output(name: str, fields: dict[str, Any]) -> AnyOutputSettings:
    """Return an output's settings.

    Raises:
        ValidationError: they are not right.
    """
    return _ANY_OUTPUT.validate_python({**fields, "name": name})


def effective_outputs(settings: Settings, documents: SiteDocuments) -> EffectiveOutputs:
    """Return the outputs that hold, and where they come from."""
    found = {output.name: output for output in settings.outputs}
    of_file, of_api = frozenset(found), set()
    versions: dict[str, int] = {}
    problems: list[ConfigProblem] = []
    for name, document in sorted(documents.of("outputs").items()):
        try:
            stored = msgspec.json.decode(document.body, type=OutputDocument)
            if name in of_file:
                enabled = stored.settings.get("enabled", True)
                found[name] = found[name].model_copy(update={"enabled": bool(enabled)})
            elif stored.origin == "api":
                found[name] = read_output(name, stored.settings)
                of_api.add(name)
            versions[name] = document.version
        except ValidationError as err:
            problems += [
                ConfigProblem(f"output {name}: {each.path}", each.message)
                for each in validation_problems(err, {**stored.settings, "name": name})
            ]
        except UNREADABLE as err:
            problems.append(ConfigProblem(f"output {name}", f"its document: {err}"))
    return EffectiveOutputs(
        outputs=tuple(_leading_somewhere(output, found) for output in found.values()),
        versions=versions,
        of_api=frozenset(of_api),
        problems=tuple(problems),
    )


def _leading_somewhere(
    output: AnyOutputSettings, known: dict[str, AnyOutputSettings]
) -> AnyOutputSettings:
    """Return the output; without the next one of its escalation where that is gone."""
    escalation = output.escalation
    if escalation is None or escalation.then in (None, *known):
        return output
    return output.model_copy(update={"escalation": escalation.model_copy(update={"then": None})})
