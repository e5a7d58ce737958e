"""Who receives an output's messages: the machine, without what is secret in its address."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from service.config.outputs.any_output import AnyOutputSettings
from service.config.outputs.apprise import AppriseSettings
from service.config.outputs.email import EmailSettings
from service.config.outputs.mqtt import MqttSettings


def receiver_of(output: AnyOutputSettings) -> str:
    """Return the receiver, such as ``https://desk.example`` or ``mail.example:587``.

    Of Apprise it is the service alone: whatever stands behind it may be a token.
    """
    match output:
        case EmailSettings():
            return f"{output.host}:{output.server_port}"
        case MqttSettings():
            return f"{output.host}:{output.broker_port}"
        case AppriseSettings():
            return output.url.get_secret_value().partition("://")[0]
    return _origin(output.url)


def _origin(url: SecretStr) -> str:
    """Return scheme, host and port; not the path, nor a user or password."""
    parts = urlsplit(url.get_secret_value())
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if parts.port is None else f":{parts.port}")
