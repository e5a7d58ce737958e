"""Writes what holds as a site's file, which loads again."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import yaml

from service.config.arming_settings import SiteArming
from service.config.effective import EffectiveSite
from service.config.live_arming import PLAN
from service.config.plain_values import plain
from service.config.secret_files import SECRETS

Sections: TypeAlias = Mapping[str, Any]


def exported_yaml(site: EffectiveSite, *, with_secrets: bool) -> str:
    """Return the text of a file that says all that holds.

    Args:
        with_secrets: with passwords and keys; without them addresses have `***` in their place.
    """
    fields = plain(with_documents(site), with_secrets=with_secrets)
    left_out = list(_without_secrets(fields, with_secrets=with_secrets))
    head = [f"# What holds as of version {site.version} of what was set over the API."]
    if left_out:
        head.append(f"# Left out, since they are secret: {', '.join(left_out)}.")
    if not with_secrets:
        head.append("# *** stands for users and passwords of addresses.")
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


# What else the API sets of the whole site: a line for each section of documents.
MERGES: tuple[Callable[[EffectiveSite], Sections], ...] = (_arming,)


def _without_secrets(fields: dict[str, Any], *, with_secrets: bool) -> Iterator[str]:
    """Remove secrets of the site itself, in place; yield those that are missing then."""
    for *section, name in SECRETS:
        place = fields if not section else fields.get(section[0], {})
        if f"{name}_file" in place:
            place.pop(name, None)  # it was read from there
        elif name in place and name != "url" and not with_secrets:
            del place[name]
            yield ".".join((*section, name))
