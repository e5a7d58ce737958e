"""Receives alerts of posewarden and verifies them; Python's standard library alone.

SECRET=… python receive_webhook.py 8080
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["SECRET"]
TOLERANCE_S = 300  # older requests may be replayed ones
seen: dict[str, float] = {}  # keys of messages that came; keep them in a database of your own


def key_of(secret: str) -> bytes:
    """Return the bytes that sign."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"))
    return secret.encode()


def is_genuine(headers: Message, body: bytes) -> bool:
    """Tell whether whoever knows the secret sent this, a short while ago."""
    key, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(sent_at)) > TOLERANCE_S:
        return False
    signed = f"{key}.{sent_at}.".encode() + body
    wanted = base64.b64encode(hmac.new(key_of(SECRET), signed, hashlib.sha256).digest()).decode()
    given = headers["webhook-signature"].split()
    return any(hmac.compare_digest(each, f"v1,{wanted}") for each in given)


class Receiver(BaseHTTPRequestHandler):
    """Takes each message once."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            genuine = is_genuine(self.headers, body)
        except (TypeError, ValueError, AttributeError):
            genuine = False
        if not genuine:
            self.answer(401)
            return
        message = json.loads(body)
        # A message may come twice: its key is the same then.
        if message["key"] not in seen:
            seen[message["key"]] = time.time()
            print(message["event"], message["title"], flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        """Answer with no body."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
