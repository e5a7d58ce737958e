"""Removes credentials from addresses before anybody sees them."""

import re

_USER = re.compile(r"://\S*@")


# user:password@…, its scheme forgotten or misspelt.
_BARE = re.compile(r"(?i)(?:(?:rtsps?|https?)/{0,2})?[^/\s:@]+:[^\s@]*@")


_SLIPPED = re.compile(r"(?i)\b(rtsps?|https?)(:?/{0,2})[^\s/]\S*@")


_SECRET = re.compile(
    r"(?i)((?:user(?:name)?|login|pass(?:word|wd|phrase)?|pwd|\w*token|\w*key|secret|auth|"
    r"sig(?:nature)?)=)[^&/;?#\s]*?(?=_[A-Za-z0-9]+=|[&/;?#\s]|$)"
)


def redact(source: str) -> str:
    """Return the source without user, password and secrets, fit for logs and people."""
    shown = _SLIPPED.sub(r"\1\2***@", _USER.sub("://***@", source))
    return _SECRET.sub(r"\1***", shown)
