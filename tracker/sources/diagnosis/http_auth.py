"""Answer a server's authentication challenge: Basic and Digest (RFC 7617, 2617, 7616).

Digest supports MD5, SHA-256 and SHA-512-256, each with or without `-sess`. FFmpeg, which opens the
cameras, supports MD5 alone and looks at a server's last digest challenge only.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

# Anchored at word boundaries: a search from each letter would take quadratic time.
_PART = re.compile(r'\b(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]*))')
# Several challenges may share one header; each begins with its scheme and a parameter.
_SCHEME = re.compile(r"(?i)(?:^|,)\s*(basic|digest|negotiate|ntlm|bearer)(?=\s|$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_Hash: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Login:
    """The credentials and the request they are for.

    Attributes:
        count: how many requests have answered the server's challenge, this one included.
    """

    user: str
    password: str
    method: str
    target: str
    count: int = 1


def authorize(challenges: Sequence[str], login: Login, client_nonce: str) -> str | None:
    """Return the Authorization header's value; None if no challenge is supported.

    Of several digests the server's first is answered, as RFC 7616 asks for.

    Args:
        challenges: the values of WWW-Authenticate, each with one challenge or several.
        client_nonce: a new random string.
    """
    basic: str | None = None
    for scheme, rest in _separate(challenges):
        if scheme == "basic":
            basic = _basic(login)
        elif scheme == "digest":
            answer = _digest(_parameters(rest), login, client_nonce)
            if answer is not None:
                return answer
    return basic


def ffmpeg_answers(challenges: Sequence[str]) -> bool:
    """Return whether FFmpeg can answer these challenges, one in each value."""
    digests = [rest for scheme, rest in _separate(challenges) if scheme == "digest"]
    if digests:
        parameters = _parameters(digests[-1])
        return _algorithm(parameters) in ("MD5", "MD5-SESS") and _protection(parameters) is not None
    return any(scheme == "basic" for scheme, _ in _separate(challenges))


def _separate(challenges: Sequence[str]) -> list[tuple[str, str]]:
    """Return each challenge's scheme in lower case and its parameters."""
    separate: list[tuple[str, str]] = []
    for value in challenges:
        found = list(_SCHEME.finditer(value))
        ends = [*(each.start() for each in found[1:]), *([len(value)] if found else [])]
        separate += [
            (each[1].lower(), value[each.end() : end])
            for each, end in zip(found, ends, strict=True)
        ]
    return separate


def _parameters(text: str) -> dict[str, str]:
    return {part[1].lower(): part[2] or part[3] or "" for part in _PART.finditer(text)}


def _algorithm(parameters: dict[str, str]) -> str:
    return parameters.get("algorithm", "").upper() or "MD5"


def _protection(parameters: dict[str, str]) -> str | None:
    """Return the supported quality of protection, empty for RFC 2069; None if there is none."""
    words = [word.strip().lower() for word in parameters.get("qop", "").split(",") if word.strip()]
    return None if words and "auth" not in words else ("auth" if words else "")


def _basic(login: Login) -> str:
    secret = f"{login.user}:{login.password}".encode()
    return f"Basic {base64.b64encode(secret).decode()}"


def _digest(parts: dict[str, str], login: Login, client_nonce: str) -> str | None:
    algorithm, protection = _algorithm(parts), _protection(parts)
    hashed = _HASHES.get(algorithm.removesuffix("-SESS"))
    if hashed is None or protection is None:
        return None
    realm, nonce = parts.get("realm", ""), parts.get("nonce", "")
    user = hashed(f"{login.user}:{realm}:{login.password}")
    if algorithm.endswith("-SESS"):
        user = hashed(f"{user}:{nonce}:{client_nonce}")
    request = hashed(f"{login.method}:{login.target}")
    count = f"{login.count:08x}"
    middle = f"{count}:{client_nonce}:auth:" if protection else ""
    hides_user = parts.get("userhash", "").lower() == "true"
    name = hashed(f"{login.user}:{realm}") if hides_user else login.user
    fields = [("username", name), ("realm", realm), ("nonce", nonce)]
    fields += [("uri", login.target), ("response", hashed(f"{user}:{nonce}:{middle}{request}"))]
    if "opaque" in parts:
        fields.append(("opaque", parts["opaque"]))
    if protection or algorithm.endswith("-SESS"):
        fields.append(("cnonce", client_nonce))
    bare = [("algorithm", parts["algorithm"])] if parts.get("algorithm") else []
    bare += [("qop", "auth"), ("nc", count)] if protection else []
    bare += [("userhash", "true")] if hides_user else []
    quoted = [f'{name}="{_quoted(value)}"' for name, value in fields]
    return "Digest " + ", ".join(quoted + [f"{name}={value}" for name, value in bare])


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _sha512_256(text: str) -> str:
    return hashlib.new("sha512_256", text.encode()).hexdigest()


_HASHES: dict[str, _Hash] = {"MD5": _md5, "SHA-256": _sha256}
if "sha512_256" in hashlib.algorithms_available:
    _HASHES["SHA-512-256"] = _sha512_256


def _quoted(text: str) -> str:
    """Return the text escaped for a quoted string in a header."""
    return _CONTROL.sub("", text).replace("\\", "\\\\").replace('"', '\\"')
