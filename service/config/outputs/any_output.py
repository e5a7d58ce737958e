"""One output of any type: the type says which settings it has."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from pydantic import Field

from service.config.outputs.apprise import AppriseSettings
from service.config.outputs.email import EmailSettings
from service.config.outputs.frigate import FrigateSettings
from service.config.outputs.mqtt import MqttSettings
from service.config.outputs.ntfy import NtfySettings
from service.config.outputs.webhook import WebhookSettings
from service.sentences.outputs import ESCALATES_TO_NOBODY, NAMED_TWICE

AnyOutputSettings: TypeAlias = Annotated[
    WebhookSettings
    | FrigateSettings
    | NtfySettings
    | EmailSettings
    | MqttSettings
    | AppriseSettings,
    Field(discriminator="type"),
]
# Fields that hold secrets, in any type; each may be read from the file that `…_file` names.
OUTPUT_SECRETS = ("url", "topic", "secret", "token", "password")


def check_escalations(outputs: Sequence[AnyOutputSettings]) -> None:
    """Check that names are given once, and that escalations name outputs that are there.

    Raises:
        ValueError: one does not.
    """
    names = [output.name for output in outputs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(NAMED_TWICE(name=name))
    for output in outputs:
        then = output.escalation and output.escalation.then
        if then and then not in names:
            raise ValueError(ESCALATES_TO_NOBODY(name=output.name, then=then, outputs=names))
