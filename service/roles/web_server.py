"""The API role's web server: HTTP or HTTPS, and whose word for a client's address is taken."""

import signal
import ssl
import threading
from functools import partial
from types import FrameType

import uvicorn
from fastapi import FastAPI

from service.api.http_protocol import HttpProtocol
from service.api.socket_protocol import socket_protocol
from service.config.settings import Settings
from service.config.web_access import both_families, tls_context
from service.lifecycle import allow_open_files
from service.roles.certificate import CertificateWatch
from service.roles.threads import start_repeating

GRACE_S = 2
# The page's and clients' messages are a few words; poses come over POST.
WEBSOCKET_MESSAGE_BYTES = 65_536
CERTIFICATE_EVERY_S = 10.0


class SignalledServer(uvicorn.Server):
    """A server that says at once that it is to end, not once its last client has gone."""

    def __init__(self, config: uvicorn.Config, stop: threading.Event) -> None:
        super().__init__(config)
        self._stop = stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 -- a handler's
        """Take a signal: say so, and end; a second Ctrl-C ends without waiting for clients.

        Uvicorn's own would raise the signal once more when it has ended: that would be a second one
        to whoever ends the process at the second.
        """
        self._stop.set()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def build_server(settings: Settings, app: FastAPI, stop: threading.Event) -> uvicorn.Server:
    """Return the server; it speaks HTTPS where the site has a certificate.

    Args:
        stop: is set as soon as the server is told to end.

    Raises:
        ConfigError: the certificate cannot be used.
    """
    allow_open_files()  # a client is one
    tls = settings.tls
    if tls is not None:
        tls_context(tls)  # uvicorn's own message would not name the setting
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        http=HttpProtocol,
        ws=socket_protocol(),
        ws_max_size=WEBSOCKET_MESSAGE_BYTES,
        timeout_graceful_shutdown=GRACE_S,
        forwarded_allow_ips=both_families(settings.trusted_proxies),
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
    )
    return SignalledServer(config, stop)


def start_certificate_watch(
    server: uvicorn.Server, settings: Settings, stop: threading.Event
) -> None:
    """Use a new certificate once it lies in the place of the old one, without a restart."""
    if settings.tls is not None:
        watch = CertificateWatch(settings.tls, partial(_context, server))
        start_repeating("certificate", watch.step, CERTIFICATE_EVERY_S, stop)


def _context(server: uvicorn.Server) -> ssl.SSLContext | None:
    # Uvicorn's settings have it once they are loaded, which the server does when it begins.
    return server.config.ssl if server.config.loaded else None
