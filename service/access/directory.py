"""Knows who is who: the site's key, and whether anybody may come in without one."""

import hmac
from dataclasses import dataclass

from service.access.principal import ANYBODY, SITE_KEY, Principal


@dataclass(frozen=True, slots=True)
class Identity:
    """One who has proved who it is.

    Attributes:
        principal: what it might do when it was asked.
        credential: what it proved itself by, as `Directory.still` looks it up; "" never ends.
    """

    principal: Principal
    credential: str = ""


class Directory:
    """Answers who a key belongs to.

    Args:
        site_key: the configured key; None: the site has none.
    """

    def __init__(self, site_key: str | None) -> None:
        self._site_key = site_key

    def anybody(self) -> Identity | None:
        """Return who comes without any proof; None where the site asks for one."""
        return Identity(ANYBODY) if self._site_key is None else None

    def by_key(self, key: str) -> Identity | None:
        """Return whose key this is; None if it is nobody's."""
        if self._site_key is not None and _same(key, self._site_key):
            return Identity(SITE_KEY)
        return None

    def still(self, identity: Identity) -> Principal | None:
        """Return what one who came in may do now; None if its rights have ended."""
        return identity.principal


def _same(given: str, wanted: str) -> bool:
    """Compare in constant time."""
    # JSON may hold halves of surrogate pairs, which strict UTF-8 refuses.
    as_bytes = given.encode(errors="surrogatepass")
    return hmac.compare_digest(as_bytes, wanted.encode(errors="surrogatepass"))
