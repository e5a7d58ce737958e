"""Opaque cursors for the pages of the alert history."""

import base64
import binascii
from typing import Annotated

import msgspec

_Cursor = tuple[
    Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)],
    Annotated[str, msgspec.Meta(max_length=256)],
]


def encode_cursor(opened_at: float, alert_id: str) -> str:
    """Return the cursor of the page that begins after this alert."""
    return base64.urlsafe_b64encode(msgspec.json.encode((opened_at, alert_id))).decode()


def decode_cursor(cursor: str) -> tuple[str, str]:
    """Return opened_at, as Redis and Python write it, and id of the alert to continue after.

    Raises:
        ValueError: the cursor is not one of ours.
    """
    try:
        opened_at, alert_id = msgspec.json.decode(
            base64.b64decode(cursor[:1024].encode("ascii"), altchars=b"-_", validate=True),
            type=_Cursor,
        )
    except (binascii.Error, UnicodeError, msgspec.MsgspecError, RecursionError) as err:
        raise ValueError(f"{cursor[:40]!r} is not a cursor of /alerts") from err
    return repr(opened_at), alert_id
