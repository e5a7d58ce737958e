"""Tokens of links."""

import pytest
from support.stores import Clock

from service.adapters.memory.links import MemoryLinks
from service.outputs.links import BadLink, LinkSigner


def test_a_token_says_what_was_signed() -> None:
    """Action, alert and target are read back; the same message has the same link that day."""
    clock = Clock()
    signer = LinkSigner(MemoryLinks(), clock)
    token = signer.token("snooze", "alert-1", "phone", "alert-1-1")
    link = signer.read(token)

    assert (link.action, link.alert, link.target) == ("snooze", "alert-1", "phone")
    assert signer.token("snooze", "alert-1", "phone", "alert-1-1") == token
    others = {signer.read(signer.token("snooze", "alert-1", "phone", key)).id for key in "abc"}
    assert len({link.id, *others}) == 4


def test_a_token_is_too_old_after_a_week() -> None:
    """It lives seven to eight days."""
    clock = Clock()
    signer = LinkSigner(MemoryLinks(), clock)
    token = signer.token("snooze", "alert-1", "phone", "k")
    clock.now += 7 * 86_400
    signer.read(token)
    clock.now += 86_400

    with pytest.raises(BadLink, match="expired"):
        signer.read(token)
