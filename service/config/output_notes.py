"""Says what about the outputs of a site's file is allowed, and probably not meant."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from service.config.outputs.any_output import AnyOutputSettings
from service.config.outputs.email import EmailSettings
from service.config.outputs.frigate import FrigateSettings
from service.config.outputs.ntfy import NtfySettings
from service.config.outputs.webhook import WebhookSettings
from service.config.settings import Settings
from service.local_address import is_local


def output_notes(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each."""
    if settings.outputs and settings.public_url is None:
        yield "messages have no links, because public_url, the page's address, is not set"
    cameras = {camera.name for camera in settings.cameras}
    for output in settings.outputs:
        for name in sorted(set(output.cameras) - cameras):
            yield f"output {output.name} wants alerts of {name!r}, which is no camera of the file"
        if (host := _refused_host(output)) is not None:
            yield (
                f"output {output.name} never delivers: {host} is an address of this machine or its "
                "link; set allow_local if that is meant"
            )
        ca_file = getattr(output, "ca_file", None)
        if ca_file is not None and not ca_file.is_file():
            yield f"output {output.name}: there is no file {ca_file}; check ca_file"


def _refused_host(output: AnyOutputSettings) -> str | None:
    """Return the host of a receiver that is refused without allow_local, where the file shows it.

    What a name leads to is seen when a message is sent: it may change.
    """
    match output:
        case EmailSettings(allow_local=False):
            host = output.host
        case WebhookSettings(allow_local=False) | FrigateSettings(allow_local=False):
            host = urlsplit(output.url.get_secret_value()).hostname or ""
        case NtfySettings(allow_local=False):
            host = urlsplit(output.url.get_secret_value()).hostname or ""
        case _:
            return None
    if host == "localhost" or host.endswith(".localhost"):
        return host
    try:
        return host if is_local(ipaddress.ip_address(host)) else None
    except ValueError:
        return None
