"""The site's documents in Redis: two small hashes and a counter."""

from collections import defaultdict
from typing import Any

import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import Script, redis_errors
from service.ports.site import (
    DOCUMENT_BYTES,
    DOCUMENTS_BOUND,
    Section,
    SiteChanged,
    SiteDocument,
    SiteDocuments,
    SiteFull,
    SiteStore,
)
from service.sentences.cameras import DOCUMENT_CHANGED, DOCUMENT_TOO_LARGE, TOO_MANY_DOCUMENTS
from tracker.errors import StoreUnavailable

CHANGED, FULL = -1, -2


class RedisSiteStore(SiteStore):
    """Keeps documents without an end."""

    def __init__(self, client: redis.Redis, *, bound: int = DOCUMENTS_BOUND) -> None:
        self._client = client
        self._write = Script(client, "site_write.lua")
        self._bound = bound

    @redis_errors()
    def version(self) -> int:
        # Any: redis-py types decoding clients too, ours does not decode.
        found: Any = self._client.get(keys.SITE_VERSION)
        return _counted(found)

    @redis_errors()
    def read(self) -> SiteDocuments:
        pipeline = self._client.pipeline(transaction=True)
        pipeline.get(keys.SITE_VERSION)
        pipeline.hgetall(keys.SITE_DOCUMENTS)
        pipeline.hgetall(keys.SITE_DOCUMENT_VERSIONS)
        version, bodies, versions = pipeline.execute()
        sections: defaultdict[str, dict[str, SiteDocument]] = defaultdict(dict)
        for field, body in bodies.items():
            # What others wrote there is shown as a document that does not read.
            section, _, name = field.decode(errors="replace").partition("/")
            own = versions.get(field, b"")
            sections[section][name] = SiteDocument(body, int(own) if own.isdigit() else 0)
        return SiteDocuments(_counted(version), dict(sections))

    @redis_errors()
    def write(
        self, section: Section, name: str, body: bytes | None, *, expected: int | None = None
    ) -> int:
        if body is not None and len(body) > DOCUMENT_BYTES:
            raise SiteFull(
                DOCUMENT_TOO_LARGE(section=section, name=name, size=len(body), most=DOCUMENT_BYTES)
            )
        arguments: list[bytes | str | int | float] = [
            f"{section}/{name}",
            "" if expected is None else expected,
            self._bound,
            *([] if body is None else [body]),
        ]
        version = int(
            self._write(
                [keys.SITE_DOCUMENTS, keys.SITE_DOCUMENT_VERSIONS, keys.SITE_VERSION], arguments
            )
        )
        if version == CHANGED:
            raise SiteChanged(DOCUMENT_CHANGED(section=section, name=name))
        if version == FULL:
            raise SiteFull(TOO_MANY_DOCUMENTS(most=self._bound))
        return version


def _counted(found: bytes | None) -> int:
    """Return the version of the whole.

    Raises:
        StoreUnavailable: somebody else wrote there, so that nobody can tell what changed.
    """
    try:
        return int(found or 0)
    except ValueError as err:
        raise StoreUnavailable(f"{keys.SITE_VERSION} in Redis holds no number; delete it") from err
