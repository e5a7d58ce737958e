"""The documents of a site that people change, over every store."""

import pytest
from support.stores import Stores

from service.ports.site import DOCUMENT_BYTES, SiteChanged, SiteDocument, SiteFull


def test_documents_are_read_as_they_were_written(road: Stores) -> None:
    """By section and name, each with the version that its last change made."""
    store = road.site_store()
    empty = store.read()
    store.write("cameras", "gate", b'{"source": "usb:0"}')
    store.write("zones", "gate", b"[]")
    version = store.write("cameras", "gate", b'{"source": "usb:1"}')
    found = store.read()

    assert (empty.version, dict(empty.sections)) == (0, {})
    assert (store.version(), found.version, version) == (3, 3, 3)
    assert found.of("cameras") == {"gate": SiteDocument(b'{"source": "usb:1"}', 3)}
    assert found.of("zones") == {"gate": SiteDocument(b"[]", 2)}
    assert found.of("outputs") == {}


def test_a_removed_document_is_gone(road: Stores) -> None:
    """Its removal is a change; that of what is not there changes nothing."""
    store = road.site_store()
    store.write("outputs", "phone", b"{}")
    removed = store.write("outputs", "phone", None)

    assert (removed, store.write("outputs", "phone", None)) == (2, 2)
    assert store.read().of("outputs") == {}


def test_who_read_an_older_version_cannot_overwrite(road: Stores) -> None:
    """An expected version must hold, 0 for a document that is not there; any is taken without."""
    store = road.site_store()
    first = store.write("arming", "site", b"1", expected=0)
    for stale in (0, first + 1):
        with pytest.raises(SiteChanged, match="arming site"):
            store.write("arming", "site", b"2", expected=stale)
    with pytest.raises(SiteChanged):
        store.write("arming", "other", None, expected=first)
    store.write("zones", "gate", b"[]")
    last = store.write("arming", "site", b"3", expected=first)

    assert store.read().of("arming") == {"site": SiteDocument(b"3", last)}


def test_there_are_not_too_many_or_too_large_documents(road: Stores) -> None:
    """Beyond the bounds a new one is refused; a known one can still be changed."""
    store = road.site_store(bound=2)
    for name in ("a", "b"):
        store.write("cameras", name, b"{}")
    with pytest.raises(SiteFull):
        store.write("cameras", "c", b"{}")
    with pytest.raises(SiteFull):
        store.write("cameras", "a", b"x" * (DOCUMENT_BYTES + 1))
    store.write("cameras", "a", b"{1}")

    assert store.read().of("cameras")["a"].body == b"{1}"
