"""Takes a renewed certificate while the API runs: authorities give them for weeks."""

import logging
import ssl
from collections.abc import Callable
from pathlib import Path

from service.config.web_access import TlsSettings, load_certificate
from tracker.errors import ConfigError

log = logging.getLogger(__name__)


class CertificateWatch:
    """Reads the files again when they have changed; connections from then on get the new one.

    Args:
        context: what the server speaks TLS by; None before it has begun.
    """

    def __init__(self, tls: TlsSettings, context: Callable[[], ssl.SSLContext | None]) -> None:
        self._tls = tls
        self._context = context
        self._seen = self._marks()

    def step(self) -> None:
        """Look once; files that do not belong together yet are looked at again."""
        marks, context = self._marks(), self._context()
        if context is None or marks == self._seen:
            return
        try:
            load_certificate(context, self._tls)
        except ConfigError as err:
            log.warning("the old certificate stays", extra={"reason": str(err)})
            return
        self._seen = marks
        log.info("the new certificate is used from now on")

    def _marks(self) -> list[tuple[int, int] | None]:
        return [_mark(file) for file in (self._tls.certificate, self._tls.key)]


def _mark(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
