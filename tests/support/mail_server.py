"""A real SMTP server that remembers the mails it got, and can refuse them."""

import asyncio
import ssl
import threading
import warnings
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class _Smtp(SMTP):
    """The library's server, which warns that passwords want TLS though it is there already."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        with warnings.catch_warnings(action="ignore"):
            super().__init__(*arguments, **more)


@dataclass
class MailServer:
    """Accepts mails on a port of this machine.

    Attributes:
        answer: to each mail.
        context: for STARTTLS; with `from_first_byte` for TLS at once.
        password: that of user `warden`, who must then sign in.
    """

    answer: str = "250 OK"
    context: ssl.SSLContext | None = None
    from_first_byte: bool = False
    password: str | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    port: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _connections: list[SMTP] = field(default_factory=list)

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop, ready))
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Remember a mail."""
        if self.answer.startswith("250"):
            content = envelope.original_content or b""
            mail = message_from_bytes(content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return self.answer

    def _run(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        implicit = self.context if self.from_first_byte else None
        server = loop.run_until_complete(
            loop.create_server(self._smtp, "127.0.0.1", self.port, ssl=implicit)
        )
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        for each in self._connections:
            if each.transport is not None:
                each.transport.close()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    def _smtp(self) -> SMTP:
        start_tls = None if self.from_first_byte else self.context
        made = _Smtp(
            self,
            tls_context=start_tls,
            require_starttls=start_tls is not None,
            auth_required=self.password is not None,
            auth_require_tls=not self.from_first_byte,
            authenticator=self._authenticate,
        )
        self._connections.append(made)
        return made

    def _authenticate(self, *given: object) -> AuthResult:
        data = given[-1]
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (
            b"warden",
            (self.password or "").encode(),
        )
        return AuthResult(success=right, handled=False)
