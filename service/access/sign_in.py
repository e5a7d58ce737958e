"""Signs people in and out: passwords, throttle and sessions together."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from service.access.changes import PeopleRefused, add_first_admin, set_password
from service.access.credentials import digest_of, new_session, same
from service.access.directory import Directory
from service.access.passwords import Passwords, check_password
from service.access.people import Session, User
from service.access.ports import AuditLog, Author, PeopleStore
from service.access.throttle import SignInThrottle
from service.sentences.people import SET_UP_ALREADY, TOO_MANY_ATTEMPTS, WRONG_SIGN_IN, WRONG_TOKEN
from tracker.errors import ArchiveUnavailable, WardenError

SESSION_S = 86_400.0


class WrongSignIn(WardenError):
    """Name or password is wrong; nobody is told which."""


class WrongToken(WardenError):
    """The token that was sent is not the one that was printed at the start."""


class TooManyAttempts(WardenError):
    """Passwords were tried too often.

    Attributes:
        wait_s: when to try again.
    """

    def __init__(self, wait_s: float) -> None:
        super().__init__(TOO_MANY_ATTEMPTS(wait_s=wait_s))
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that was just begun.

    Attributes:
        cookie: what its owner's browser keeps; not to be shown otherwise.
    """

    user: User
    session: Session
    cookie: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInDependencies:
    """What signing in works with.

    Attributes:
        audit: takes attempts that failed.
        clock: UTC seconds.
        session_s: how long somebody stays signed in.
    """

    directory: Directory
    store: PeopleStore
    passwords: Passwords
    throttle: SignInThrottle
    audit: AuditLog
    clock: Callable[[], float]
    session_s: float = SESSION_S


class SignIn:
    """What people do about their own session and password; for several threads.

    Every call raises ArchiveUnavailable while the database takes no session.
    """

    def __init__(self, dependencies: SignInDependencies) -> None:
        self._parts = dependencies
        self._lock = Lock()

    def sign_in(self, name: str, password: str, address: str) -> SignedIn:
        """Begin a session.

        Raises:
            TooManyAttempts: this account or address has to wait.
            WrongSignIn: there is no such name and password.
        """
        user = self._checked(name, password, address)
        return self._begin(user, address)

    def sign_out(self, name: str, cookie: str, address: str) -> None:
        """End a session."""
        self._parts.store.end(digest_of(cookie), self._author(name, address))
        self._refresh()

    def change_password(self, name: str, old: str, new: str, address: str) -> SignedIn:
        """Set somebody's own password; all sessions end, a new one begins.

        Raises:
            TooManyAttempts: this account or address has to wait.
            WrongSignIn: the old password is wrong.
            PeopleRefused: the new one is not good enough.
        """
        check_password(new, name)
        self._checked(name, old, address)
        author = self._author(name, address)
        kept = self._parts.passwords.keep(new)
        change = self._parts.store.change(set_password(name, kept, author.at), author)
        return self._begin(change.people.users[name], address)

    def set_up(self, name: str, password: str, address: str, token: str | None) -> SignedIn:
        """Make the first admin, and sign it in.

        Args:
            token: the one that was printed at the start; None where none is needed.

        Raises:
            WrongToken: it is another one.
            PeopleRefused: there are users already, or name or password is not good enough.
        """
        if self._parts.directory.state.people.users:
            raise PeopleRefused("set-up-already", SET_UP_ALREADY())
        if token is not None and not same(token, self._parts.store.setup_token()):
            raise WrongToken(WRONG_TOKEN())
        check_password(password, name)
        author = self._author(name, address)
        user = User(
            name=name,
            role="admin",
            cameras=None,
            password=self._parts.passwords.keep(password),
            created_at=author.at,
            password_at=author.at,
        )
        self._parts.store.change(add_first_admin(user), author)
        return self._begin(user, address)

    def _checked(self, name: str, password: str, address: str) -> User:
        """Return the user of a name and password."""
        now = self._parts.clock()
        with self._lock:
            wait_s = self._parts.throttle.begin(name, address, now)
        if wait_s > 0:
            raise TooManyAttempts(wait_s)
        user = self._parts.directory.state.people.users.get(name)
        right = self._parts.passwords.matches(password, None if user is None else user.password)
        if user is None or not right:
            # People type their password in the place of their name: unknown names are not kept.
            author = self._author("unknown" if user is None else name, address)
            self._parts.audit.append(author.entry("session.refused"))
            raise WrongSignIn(WRONG_SIGN_IN())
        with self._lock:
            self._parts.throttle.succeeded(name, address)
        return user

    def _begin(self, user: User, address: str) -> SignedIn:
        now, cookie = self._parts.clock(), new_session()
        session = Session(
            digest=digest_of(cookie),
            user=user.name,
            begun_at=now,
            expires_at=now + self._parts.session_s,
            address=address,
        )
        self._parts.store.begin(session, self._author(user.name, address))
        self._refresh()
        return SignedIn(user=user, session=session, cookie=cookie)

    def _author(self, name: str, address: str) -> Author:
        return Author(name=name, origin=address, at=self._parts.clock())

    def _refresh(self) -> None:
        try:
            self._parts.directory.refresh()
        except ArchiveUnavailable:
            return  # it is read a second later
