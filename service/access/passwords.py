"""Keeps passwords as argon2id, and checks them."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from service.access.changes import PeopleRefused
from service.sentences.people import PASSWORD_IS_NAME, PASSWORD_LENGTH, PASSWORD_REPEATS

SHORTEST, LONGEST = 10, 256


class Passwords:
    """Hashes passwords by argon2id.

    Args:
        hasher: its costs; RFC 9106's for machines with little memory by default, 64 MiB a hash.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        # Checked where nobody has the name, so that the answer takes as long.
        self._nobody = self._hasher.hash("nobody has this password")

    def keep(self, password: str) -> str:
        """Return what is kept of a password: its hash, salt and costs."""
        return self._hasher.hash(_bytes(password))

    def matches(self, password: str, kept: str | None) -> bool:
        """Tell whether a password is the one that is kept; takes as long where none is."""
        try:
            return self._hasher.verify(kept or self._nobody, _bytes(password)) and kept is not None
        except (Argon2Error, InvalidHashError):
            return False


def check_password(password: str, name: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        PeopleRefused: it is too short or too long, the name, or few different signs.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        detail = PASSWORD_LENGTH(least=SHORTEST, most=LONGEST)
        raise PeopleRefused("bad-password", detail, field="password")
    if name in password.lower() and len(password) < len(name) + SHORTEST:
        raise PeopleRefused("bad-password", PASSWORD_IS_NAME(), field="password")
    if len(set(password)) < SHORTEST // 2:
        raise PeopleRefused("bad-password", PASSWORD_REPEATS(), field="password")


def _bytes(password: str) -> bytes:
    # The same sign may be typed as one character or as two.
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
