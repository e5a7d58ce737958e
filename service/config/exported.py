"""Writes what holds as a site's file, which loads again."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import msgspec
import yaml

from service.config.arming_settings import SiteArming
from service.config.budget_settings import BudgetDocument
from service.config.effective import EffectiveSite
from service.config.effective_outputs import effective_outputs
from service.config.live_arming import PLAN
from service.config.plain_values import plain
from service.ports.site import UNREADABLE

Sections: TypeAlias = Mapping[str, Any]


def exported_yaml(site: EffectiveSite, *, with_secrets: bool, without: Collection[str] = ()) -> str:
    """Return the text of a file that says all that holds.

    Args:
        with_secrets: with passwords and keys; without them addresses have `***` in their place.
        without: settings that are of this machine, not of the site.
    """
    settings = with_documents(site)
    fields = plain(settings, with_secrets=with_secrets)
    fields = {name: value for name, value in fields.items() if name not in without}
    whole = plain(settings, with_secrets=True)
    left_out = [each for each in _missing(whole, fields) if each not in without]
    head = [f"# What holds as of version {site.version} of what was set over the API."]
    if left_out:
        head.append(f"# Left out, since they are secret: {', '.join(left_out)}.")
    if not with_secrets:
        head.append("# *** stands for users, passwords and keys of addresses.")
    text = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, default_flow_style=None)
    return "\n".join([*head, text])


def with_documents(site: EffectiveSite) -> Any:  # noqa: ANN401 -- settings with parts replaced
    """Return the settings with what was set over the API of the site as a whole."""
    settings = site.settings
    for merge in MERGES:
        settings = settings.model_copy(update=dict(merge(site)))
    return settings


def _arming(site: EffectiveSite) -> Sections:
    document = site.documents.of("arming").get(PLAN)
    if document is None:
        return {}
    arming = SiteArming.model_validate_json(document.body)
    return {"time_zone": arming.time_zone, "arming": arming.plan}


def _outputs(site: EffectiveSite) -> Sections:
    if not site.documents.of("outputs"):
        return {}
    return {"outputs": effective_outputs(site.settings, site.documents).outputs}


def _budgets(site: EffectiveSite) -> Sections:
    found: dict[str, Any] = {}
    for name, document in site.documents.of("budgets").items():
        with suppress(*UNREADABLE):
            stored = msgspec.json.decode(document.body, type=BudgetDocument)
            found[name] = {"alarms_per_day": stored.alarms_per_day}
    if not found:
        return {}
    cameras = site.settings.cameras
    return {"cameras": tuple(each.model_copy(update=found.get(each.name, {})) for each in cameras)}


# What else the API sets of the whole site: a line for each section of documents.
MERGES: tuple[Callable[[EffectiveSite], Sections], ...] = (_arming, _outputs, _budgets)


def _missing(whole: object, shown: object, path: str = "") -> Iterator[str]:
    """Yield the paths of what the whole has and what is shown has not."""
    if isinstance(whole, Mapping) and isinstance(shown, Mapping):
        for name, each in whole.items():
            here = f"{path}.{name}" if path else str(name)
            if name in shown:
                yield from _missing(each, shown[name], here)
            else:
                yield here
    elif isinstance(whole, list) and isinstance(shown, list):
        for number, (each, other) in enumerate(zip(whole, shown, strict=True)):
            yield from _missing(each, other, f"{path}[{number}]")
