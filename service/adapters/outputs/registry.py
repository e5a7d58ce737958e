"""Builds the output that a target's settings describe."""

from service.adapters.outputs.apprise import AppriseOutput
from service.adapters.outputs.email import Email
from service.adapters.outputs.frigate import Frigate
from service.adapters.outputs.mqtt import Mqtt
from service.adapters.outputs.ntfy import Ntfy
from service.adapters.outputs.webhook import Webhook
from service.config.outputs.any_output import AnyOutputSettings
from service.config.outputs.apprise import AppriseSettings
from service.config.outputs.email import EmailSettings
from service.config.outputs.frigate import FrigateSettings
from service.config.outputs.mqtt import MqttSettings
from service.config.outputs.ntfy import NtfySettings
from service.config.outputs.webhook import WebhookSettings
from service.outputs.message import Message
from service.outputs.ports import Answer, NotDelivered, Output
from tracker.errors import ConfigError


class UnusableOutput(Output):
    """An output whose settings nothing can be built of: it says why at each message."""

    def __init__(self, why: str) -> None:
        self._why = why

    def send(self, message: Message) -> Answer:
        del message
        raise NotDelivered(self._why)

    def close(self) -> None:
        """Nothing was opened."""


def build_output(settings: AnyOutputSettings) -> Output:
    """Return the output; it connects at its first message, which says what is wrong with it."""
    try:
        return _built(settings)
    except ConfigError as err:
        # Whoever added it may be far away: the other outputs must go on.
        return UnusableOutput(str(err))


def _built(settings: AnyOutputSettings) -> Output:
    match settings:
        case WebhookSettings():
            return Webhook(settings)
        case FrigateSettings():
            return Frigate(settings)
        case NtfySettings():
            return Ntfy(settings)
        case EmailSettings():
            return Email(settings)
        case AppriseSettings():
            return AppriseOutput(settings)
        case MqttSettings():
            return Mqtt(settings)
