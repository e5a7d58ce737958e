"""Answer a server's authentication challenge: Basic and Digest (RFC 7617, 2617, 7616).

Digest supports MD5 only, like FFmpeg, which opens the cameras.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

# Anchored at word boundaries: a search from each letter would take quadratic time.
_PART = re.compile(r'\b(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]*))')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Login:
    """The credentials and the request they are for."""

    user: str
    password: str
    method: str
    target: str


def authorize(challenges: Sequence[str], login: Login, client_nonce: str) -> str | None:
    """Return the Authorization header's value; None if no challenge is supported.

    Args:
        challenges: the values of WWW-Authenticate, each with one challenge.
        client_nonce: a new random string.
    """
    answers: dict[str, str] = {}
    for challenge in challenges:
        scheme, _, rest = challenge.strip().partition(" ")
        if scheme.lower() == "basic":
            answers["basic"] = _basic(login)
        elif scheme.lower() == "digest":
            parts = {part[1].lower(): part[2] or part[3] or "" for part in _PART.finditer(rest)}
            answer = _digest(parts, login, client_nonce)
            if answer is not None:
                answers["digest"] = answer
    return answers.get("digest", answers.get("basic"))


def _basic(login: Login) -> str:
    secret = f"{login.user}:{login.password}".encode()
    return f"Basic {base64.b64encode(secret).decode()}"


def _digest(parts: dict[str, str], login: Login, client_nonce: str) -> str | None:
    algorithm = parts.get("algorithm", "")
    protection = [word.strip().lower() for word in parts.get("qop", "").split(",") if word.strip()]
    if algorithm.upper() not in ("", "MD5", "MD5-SESS") or (
        protection and "auth" not in protection
    ):
        return None
    realm, nonce = parts.get("realm", ""), parts.get("nonce", "")
    user = _hash(f"{login.user}:{realm}:{login.password}")
    if algorithm.upper() == "MD5-SESS":
        user = _hash(f"{user}:{nonce}:{client_nonce}")
    request = _hash(f"{login.method}:{login.target}")
    count = f"00000001:{client_nonce}:auth:" if protection else ""
    fields = [("username", login.user), ("realm", realm), ("nonce", nonce)]
    fields += [("uri", login.target), ("response", _hash(f"{user}:{nonce}:{count}{request}"))]
    if "opaque" in parts:
        fields.append(("opaque", parts["opaque"]))
    if protection or algorithm.upper() == "MD5-SESS":
        fields.append(("cnonce", client_nonce))
    bare = [("algorithm", algorithm)] if algorithm else []
    bare += [("qop", "auth"), ("nc", "00000001")] if protection else []
    quoted = [f'{name}="{_quoted(value)}"' for name, value in fields]
    return "Digest " + ", ".join(quoted + [f"{name}={value}" for name, value in bare])


def _hash(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _quoted(text: str) -> str:
    """Return the text escaped for a quoted string in a header."""
    return _CONTROL.sub("", text).replace("\\", "\\\\").replace('"', '\\"')
