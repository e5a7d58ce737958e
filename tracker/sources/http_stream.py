"""Ask an HTTP address what it sends, and read pictures in a row from that very connection.

Small cameras serve one viewer at a time: a second connection would be refused.
"""

import secrets

from tracker.errors import CameraLost
from tracker.sources.diagnosis.address import Address
from tracker.sources.diagnosis.camera_client import CameraClient
from tracker.sources.diagnosis.http_auth import Login, authorize
from tracker.sources.diagnosis.reply import Reply
from tracker.sources.mjpeg_capture import MjpegCapture
from tracker.sources.network_address import PLAYLIST_PROBLEM

_PLAYLISTS = (
    "application/vnd.apple.mpegurl",
    "application/x-mpegurl",
    "application/mpegurl",
    "audio/mpegurl",
    "audio/x-mpegurl",
)


def open_pictures(address: str, *, open_s: float, read_s: float) -> MjpegCapture | None:
    """Return a capture of the pictures that an address sends in a row; None if it sends others.

    Raises:
        CameraLost: it is a playlist, or cannot be reached.
    """
    parsed = Address.parse(address)
    with CameraClient(parsed, open_s) as client:
        reply = get(client, parsed)
        if is_playlist(reply):
            raise CameraLost(f"{parsed.endpoint} {PLAYLIST_PROBLEM}", reason="transport")
        if reply.status != 200 or not _is_picture_row(reply):
            return None
        connection, early = client.take_connection()
    chunked = "chunked" in " ".join(reply.all("transfer-encoding")).lower()
    return MjpegCapture(connection, early, chunked=chunked, read_s=read_s)


def get(client: CameraClient, address: Address) -> Reply:
    """Ask for an address, with user and password if the server demands them and we have them."""
    reply = client.ask("GET")
    if reply.status != 401 or address.user is None:
        return reply
    login = Login(address.user, address.password, "GET", address.target)
    answer = authorize(reply.all("www-authenticate"), login, secrets.token_hex(8))
    return reply if answer is None else client.ask("GET", ("Authorization", answer))


def content_type(reply: Reply) -> str:
    """Return the type that a reply names, in lower case; empty if none."""
    return next(iter(reply.all("content-type")), "").partition(";")[0].strip().lower()


def is_playlist(reply: Reply) -> bool:
    """Return whether a reply is a playlist of HLS."""
    return reply.status == 200 and content_type(reply) in _PLAYLISTS


def _is_picture_row(reply: Reply) -> bool:
    """Return whether JPEG pictures follow each other; a single one has a length."""
    kind = content_type(reply)
    if kind.startswith("multipart/"):
        return True
    return kind in ("image/jpeg", "image/pjpeg", "image/jpg") and not reply.all("content-length")
