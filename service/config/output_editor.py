"""Adds, changes and removes outputs while the site runs; checked like those of the site's file."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from pydantic import ValidationError

from service.config.effective import EffectiveSite
from service.config.effective_outputs import OutputDocument, read_output
from service.config.outputs.any_output import (
    OUTPUT_SECRETS,
    AnyOutputSettings,
    check_escalations,
)
from service.config.outputs.receiver import receiver_of
from service.config.site_watch import SiteWatch
from service.config.validation import validation_problems
from service.ports.site import SiteChanged, SiteFull, SiteStore
from service.sentences import outputs as said
from tracker.errors import WardenError
from tracker.wording import Sentence, sentence_of

OUTPUTS_BOUND = 32
HIDDEN = "**********"  # what pydantic shows of a secret
Refusal: TypeAlias = Literal[
    "no-such-output", "name-taken", "file-output", "wrong-output", "output-changed", "site-full"
]


class OutputRefused(WardenError):
    """A change of an output that is not made.

    Attributes:
        kind: why, in a word.
        setting: the one that is wrong; None where it is none.
    """

    def __init__(self, kind: Refusal, text: Sentence, setting: str | None = None) -> None:
        super().__init__(text)
        self.kind: Refusal = kind
        self.setting = setting


class OutputEditor:
    """Changes the site's outputs; the outbox takes the change within seconds.

    Every call raises OutputRefused with the remedy, or StoreUnavailable while Redis does not
    answer.
    """

    def __init__(self, watch: SiteWatch, store: SiteStore) -> None:
        self._watch = watch
        self._store = store

    def add(self, fields: Mapping[str, Any]) -> AnyOutputSettings:
        """Add an output.

        Args:
            fields: its settings, as in the site's file.
        """
        name = str(fields.get("name", ""))
        settings = {key: value for key, value in fields.items() if key != "name"}

        def attempt(site: EffectiveSite) -> None:
            outputs = site.settings.outputs
            if name in {output.name for output in outputs}:
                raise OutputRefused("name-taken", said.NAME_TAKEN(name=name), "name")
            if len(outputs) >= OUTPUTS_BOUND:
                raise OutputRefused("site-full", said.TOO_MANY_OUTPUTS(most=OUTPUTS_BOUND))
            self._write(site, name, OutputDocument(origin="api", settings=settings))

        _checked(name, settings, self._watch.refresh())
        return self._retried(name, attempt)

    def change(self, name: str, changes: Mapping[str, Any]) -> AnyOutputSettings:
        """Change settings of an output; None takes one back to its default."""

        def attempt(site: EffectiveSite) -> None:
            before = output_of(site, name)
            if name in site.outputs.of_api:
                settings = _merged(_stored(site, name), changes)
                after = _checked(name, settings, site)
                if receiver_of(before) != receiver_of(after):
                    _require_secrets_again(settings, changes)
                document = OutputDocument(origin="api", settings=settings)
            else:
                _refuse_all_but_enabled(name, changes)
                enabled = bool(changes.get("enabled", True))
                document = OutputDocument(origin="file", settings={"enabled": enabled})
            self._write(site, name, document)

        return self._retried(name, attempt)

    def remove(self, name: str) -> None:
        """Remove an output that was added over the API."""

        def attempt(site: EffectiveSite) -> None:
            output_of(site, name)
            if name not in site.outputs.of_api:
                raise OutputRefused("file-output", said.OUTPUT_OF_FILE(name=name))
            self._write(site, name, None)

        self._made(attempt)

    def _retried(self, name: str, attempt: Callable[[EffectiveSite], None]) -> AnyOutputSettings:
        return output_of(self._made(attempt), name)

    def _made(self, attempt: Callable[[EffectiveSite], None]) -> EffectiveSite:
        """Make a change that others may cross; return the site with it."""
        try:
            return self._watch.make(attempt)
        except SiteChanged as err:
            raise OutputRefused("output-changed", said.OUTPUT_CROSSED()) from err
        except SiteFull as err:
            raise OutputRefused("site-full", sentence_of(err)) from err

    def _write(self, site: EffectiveSite, name: str, document: OutputDocument | None) -> None:
        known = site.documents.of("outputs").get(name)
        body = None if document is None else msgspec.json.encode(document)
        expected = 0 if known is None else known.version
        self._store.write("outputs", name, body, expected=expected)


def output_of(site: EffectiveSite, name: str) -> AnyOutputSettings:
    """Return an output's settings.

    Raises:
        OutputRefused: there is no such output.
    """
    for output in site.settings.outputs:
        if output.name == name:
            return output
    raise OutputRefused("no-such-output", said.NO_SUCH_OUTPUT(name=name[:64]))


def shown(output: AnyOutputSettings) -> dict[str, Any]:
    """Return all of an output's settings for people; of secrets only whether they are set."""
    return output.model_dump(mode="json", exclude={"name"})


def _stored(site: EffectiveSite, name: str) -> dict[str, Any]:
    body = site.documents.of("outputs")[name].body
    return msgspec.json.decode(body, type=OutputDocument).settings


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with the changes; a secret that is sent back as it is shown stays."""
    given = {
        key: value for key, value in changes.items() if value != HIDDEN and before.get(key) != value
    }
    headers = given.get("headers")
    if isinstance(headers, Mapping) and isinstance(before.get("headers"), Mapping):
        known = before["headers"]
        given["headers"] = {
            name: known.get(name, value) if value == HIDDEN else value
            for name, value in headers.items()
        }
    merged = {**before, **given}
    return {key: value for key, value in merged.items() if value is not None}


def _require_secrets_again(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Require what the old receiver shared with us: a new one must not get it unseen.

    Raises:
        OutputRefused: a secret would go to another receiver than it was given for.
    """
    for key in (*OUTPUT_SECRETS, "headers"):
        given = changes.get(key, HIDDEN)
        is_hidden = given == HIDDEN or (isinstance(given, Mapping) and HIDDEN in given.values())
        if settings.get(key) and is_hidden and key != "url":
            raise OutputRefused("wrong-output", said.SECRET_AGAIN(setting=key), key)


def _checked(name: str, settings: Mapping[str, Any], site: EffectiveSite) -> AnyOutputSettings:
    """Return the settings that come over the API, checked.

    Raises:
        OutputRefused: they are not right.
    """
    for key, value in settings.items():
        if key.endswith("_file") and value is not None:
            raise OutputRefused("wrong-output", said.NO_FILES(setting=key), key)
    try:
        output = read_output(name, dict(settings))
        others = [each for each in site.settings.outputs if each.name != name]
        check_escalations([*others, output])
        return output
    except ValidationError as err:
        problem = next(iter(validation_problems(err, {**settings, "name": name})))
        setting = problem.path.rpartition(".")[2] or None
        raise OutputRefused("wrong-output", problem.sentence, setting) from err
    except ValueError as err:
        raise OutputRefused("wrong-output", sentence_of(err), "escalation") from err


def _refuse_all_but_enabled(name: str, changes: Mapping[str, Any]) -> None:
    for key in changes:
        if key != "enabled":
            raise OutputRefused("file-output", said.ENABLED_ALONE(name=name), key)
