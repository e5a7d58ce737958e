"""The site's documents after others wrote where they are kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from service.adapters.redis import keys
from service.adapters.redis.connection import connect
from service.adapters.redis.embedded import EmbeddedRedis
from service.adapters.redis.site_store import RedisSiteStore
from service.ports.site import SiteDocument
from tracker.errors import StoreUnavailable

pytestmark = pytest.mark.slow
ODD = b"\xff/gate"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[redis.Redis]:
    """A client of an empty server."""
    with EmbeddedRedis(tmp_path) as server, connect(server.url) as found:
        yield found


def test_strange_documents_harm_no_other(client: redis.Redis) -> None:
    """Without a version, or with one that is none, a document has version 0; all others hold."""
    store = RedisSiteStore(client)
    version = store.write("cameras", "gate", b"{}")
    client.hset(keys.SITE_DOCUMENTS, mapping={"cameras/yard": b"\xff", ODD: b"1", "zones/a": b"2"})
    client.hset(keys.SITE_DOCUMENT_VERSIONS, "zones/a", "many")

    found = store.read()

    assert found.of("cameras") == {
        "gate": SiteDocument(b"{}", version),
        "yard": SiteDocument(b"\xff", 0),
    }
    assert found.of("zones") == {"a": SiteDocument(b"2", 0)}


def test_a_version_that_is_none_is_said(client: redis.Redis) -> None:
    """Nobody can tell what was changed: as if Redis did not answer, with the key's name."""
    client.set(keys.SITE_VERSION, "many")
    store = RedisSiteStore(client)

    for ask in (store.version, store.read):
        with pytest.raises(StoreUnavailable, match="holds no number"):
            ask()
