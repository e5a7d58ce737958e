"""Makes keys and sessions, and what is kept of them: a digest, which opens nothing."""

import base64
import hashlib
import hmac
import secrets

KEY_SIGN = "pw_"  # so that people, and scanners of published code, know what it is


def new_key() -> str:
    """Return a key: 256 random bits."""
    return KEY_SIGN + secrets.token_urlsafe(32)


def new_session() -> str:
    """Return what a session's cookie holds: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """Return an id that names a key without giving it away."""
    return secrets.token_hex(4)


def digest_of(secret: str) -> str:
    """Return what is kept of a key or session.

    It has 256 random bits: nobody finds it from its digest by trying, as people's passwords are
    found, so that a fast hash is enough.
    """
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def csrf_token_of(session: str) -> str:
    """Return the token that our own pages send with every change, by the session's cookie.

    Another site's page makes a browser send the cookie, but cannot read it.
    """
    token = hmac.new(session.encode(errors="surrogatepass"), b"csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def same(given: str, wanted: str) -> bool:
    """Compare in constant time."""
    # JSON may hold halves of surrogate pairs, which strict UTF-8 refuses.
    as_bytes = given.encode(errors="surrogatepass")
    return hmac.compare_digest(as_bytes, wanted.encode(errors="surrogatepass"))
