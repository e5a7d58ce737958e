"""Links in messages that act: signed, for one act, once, and not for ever."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

import msgspec

from tracker.errors import WardenError

Action: TypeAlias = Literal["acknowledge", "snooze", "not-an-alarm"]
DAY_S = 86_400
LIFE_DAYS = 8
LONGEST_TOKEN = 1024


class Link(msgspec.Struct, frozen=True, array_like=True):
    """What a link does.

    Attributes:
        target: the output whose message had it.
        expires_at: UTC seconds.
        message: digest of the message's key: another message of the alert has other links.
    """

    action: Action
    alert: str
    target: str
    expires_at: int
    message: str

    @property
    def id(self) -> str:
        """Its name among the links that were used."""
        whole = msgspec.json.encode(self)
        return hashlib.sha256(whole).hexdigest()[:32]


class BadLink(WardenError):
    """A link that does nothing.

    Attributes:
        kind: `forged`: it was not made here, or is incomplete; `expired`: it is too old.
    """

    def __init__(self, kind: Literal["forged", "expired"]) -> None:
        super().__init__(f"the link is {kind}")
        self.kind: Literal["forged", "expired"] = kind


class LinkStore(Protocol):
    """What the site keeps of links.

    Every call raises StoreUnavailable while Redis does not answer.
    """

    def secret(self) -> bytes:
        """Return what links are signed with: made at the first call, then always the same."""
        ...

    def use(self, link_id: str, until: float) -> bool:
        """Note that a link is used; False if it was before.

        Args:
            until: when the note may be forgotten, UTC seconds.
        """
        ...

    def is_used(self, link_id: str) -> bool:
        """Tell whether a link was used."""
        ...


class LinkSigner:
    """Makes and reads tokens.

    A message that is sent again the same day has the same links: spent once, spent in all.

    Args:
        clock: UTC seconds.
    """

    def __init__(self, store: LinkStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._secret: bytes | None = None

    def token(self, action: Action, alert: str, target: str, key: str) -> str:
        """Return the token of an act about an alert, for the message of this key.

        Raises:
            StoreUnavailable: Redis did not answer.
        """
        expires_at = (int(self._clock()) // DAY_S + LIFE_DAYS) * DAY_S
        message = hashlib.sha256(key.encode()).hexdigest()[:8]
        body = msgspec.json.encode(Link(action, alert, target, expires_at, message))
        return f"{_text(body)}.{_text(self._signature(body))}"

    def read(self, token: str) -> Link:
        """Return what a token says.

        Raises:
            BadLink: it was not made here, or is too old.
            StoreUnavailable: Redis did not answer.
        """
        body, _, signature = token[:LONGEST_TOKEN].partition(".")
        try:
            said, signed = _bytes(body), _bytes(signature)
            if not hmac.compare_digest(signed, self._signature(said)):
                raise BadLink("forged")
            link = msgspec.json.decode(said, type=Link)
        except (binascii.Error, UnicodeEncodeError, msgspec.MsgspecError) as err:
            raise BadLink("forged") from err
        if self._clock() >= link.expires_at:
            raise BadLink("expired")
        return link

    def _signature(self, body: bytes) -> bytes:
        if self._secret is None:
            self._secret = self._store.secret()
        return hmac.new(self._secret, body, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
