"""Signs webhooks as the Standard Webhooks specification says."""

import base64
import binascii
import hashlib
import hmac

from service.config.outputs.checks import SECRET_PREFIX


def sign(secret: str, key: str, timestamp_s: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: HMAC-SHA256 over key, time and body.

    Args:
        secret: `whsec_` and base64, or any other text, whose UTF-8 then is the key.
        key: of the message; `webhook-id`.
        timestamp_s: UTC; `webhook-timestamp`.
    """
    signed = b".".join((key.encode(), str(timestamp_s).encode(), body))
    digest = hmac.new(_bytes(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _bytes(secret: str) -> bytes:
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
