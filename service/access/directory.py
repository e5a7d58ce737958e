"""Knows who is who: a copy of people, keys and sessions, which is asked for every request."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from service.access.credentials import digest_of, same
from service.access.people import ApiKey, Session
from service.access.ports import PeopleState, PeopleStore
from service.access.principal import ANYBODY, SITE_KEY, Principal
from tracker.errors import ArchiveUnavailable

CAUGHT_UP_S = 0.5  # unknown keys and cookies ask the database no more often
NOT_READ = "who may come in is not known yet: the archive's database was not read since the start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One who has proved who it is.

    Attributes:
        principal: what it might do when it was asked.
        credential: digest of the key or session that proved it; "" for the site's own key, and
            where nobody is asked.
        session: what the session's cookie holds, for one who is signed in; not to be shown.
    """

    principal: Principal
    credential: str = ""
    session: str | None = None


class Directory:
    """Answers whose a key or session is, from memory.

    What was read holds while the database is away: people who are signed in go on working, and
    nothing can be revoked then either. A process that has not read it once since its start lets in
    nobody but the site's own key.

    Args:
        site_key: the configured key; None: the site has none.
        store: None: there are no people, only the site's key.
        clock: UTC seconds.
    """

    def __init__(
        self,
        site_key: str | None,
        store: PeopleStore | None = None,
        *,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._site_key = site_key
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._state = PeopleState() if store is None else None
        self._keys: dict[str, ApiKey] = {}
        self._caught_up_at = -CAUGHT_UP_S

    @property
    def state(self) -> PeopleState:
        """What was read last.

        Raises:
            ArchiveUnavailable: nothing was read yet.
        """
        if self._state is None:
            raise ArchiveUnavailable(NOT_READ, reason="unreachable")
        return self._state

    def refresh(self) -> None:
        """Read what has changed; to be called every second, and after a change by this process.

        Raises:
            ArchiveUnavailable: the database does not answer; what was read before holds.
        """
        if self._store is None:
            return
        with self._lock:
            known = self._state
            if known is not None and known.version == self._store.version():
                return
            state = self._store.read()
            # Keys first: whoever finds the new state finds its keys.
            self._keys = {key.digest: key for key in state.people.keys.values()}
            self._state = state

    def may_be_behind(self) -> bool:
        """Tell whether another process may have changed something since the last look."""
        behind_s = abs(self._clock() - self._caught_up_at)
        return self._store is not None and behind_s >= CAUGHT_UP_S

    def catch_up(self) -> None:
        """Look for what other processes have changed, unless that was just done."""
        if self.may_be_behind():
            self._caught_up_at = self._clock()
            with suppress(ArchiveUnavailable):
                self.refresh()

    def is_open(self) -> bool:
        """Tell whether the site asks nobody for proof: it has no key and never had people.

        Raises:
            ArchiveUnavailable: nothing was read yet.
        """
        return self._site_key is None and self.state.version == 0

    def anybody(self) -> Identity | None:
        """Return who comes without any proof; None where the site asks for one.

        Raises:
            ArchiveUnavailable: nothing was read yet.
        """
        return Identity(principal=ANYBODY) if self.is_open() else None

    def by_key(self, key: str) -> Identity | None:
        """Return whose key this is; None if it is nobody's.

        Raises:
            ArchiveUnavailable: nothing was read yet, and it is not the site's own.
        """
        if self._site_key is not None and same(key, self._site_key):
            return Identity(principal=SITE_KEY)
        digest = digest_of(key)
        principal = self._of_key(digest)
        return None if principal is None else Identity(principal=principal, credential=digest)

    def by_session(self, session: str) -> Identity | None:
        """Return who is signed in with a session's cookie; None if it has ended.

        Raises:
            ArchiveUnavailable: nothing was read yet.
        """
        digest = digest_of(session)
        principal = self._of_session(digest)
        if principal is None:
            return None
        return Identity(principal=principal, credential=digest, session=session)

    def still(self, identity: Identity) -> Principal | None:
        """Return what one who came in may do now; None if its rights have ended."""
        if identity.credential:
            find = self._of_key if identity.session is None else self._of_session
            return find(identity.credential)
        open_to_all = identity.principal is not ANYBODY or self.is_open()
        return identity.principal if open_to_all else None

    def session_of(self, identity: Identity) -> Session | None:
        """Return the session that somebody is signed in by."""
        return self.state.sessions.get(identity.credential) if identity.session else None

    def key_of(self, identity: Identity) -> ApiKey | None:
        """Return the key that somebody came in by; None of a session or the site's own key."""
        return None if identity.session else self._keys.get(identity.credential)

    def _of_key(self, digest: str) -> Principal | None:
        if self.state and (key := self._keys.get(digest)) and key.holds_at(self._clock()):
            return key.principal
        return None

    def _of_session(self, digest: str) -> Principal | None:
        state = self.state
        session = state.sessions.get(digest)
        if session is None or self._clock() >= session.expires_at:
            return None
        user = state.people.users.get(session.user)
        return None if user is None else user.principal
