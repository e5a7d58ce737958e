"""Sends alerts by mail through an SMTP server."""

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from service.adapters.outputs.address_guard import allowed_addresses, resolved_within
from service.adapters.outputs.email_page import mail_page
from service.config.outputs.email import EmailSettings
from service.outputs.figure import figure_png
from service.outputs.message import Message
from service.outputs.ports import Answer, NotDelivered, Output
from service.outputs.urgency import urgency

CONNECT_S = 5.0
# Mail servers may look a message over before they answer.
STEP_S = 10.0
PRIORITY = {"highest": "1", "high": "2", "usual": "3", "low": "5"}


class Email(Output):
    """Mails to some people; those of one alert are one thread."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings

    def send(self, message: Message) -> Answer:
        mail = self._mail(message)
        sent = False
        try:
            with self._server() as server:
                sent = True
                refused = server.send_message(mail, self._settings.sender, self._recipients)
        except smtplib.SMTPRecipientsRefused as err:
            codes = [code for code, _ in err.recipients.values()]
            permanent = all(code >= 500 for code in codes)
            raise NotDelivered(
                f"no recipient is accepted: {_first(err)}", permanent=permanent
            ) from err
        except smtplib.SMTPAuthenticationError as err:
            raise NotDelivered(f"the server refuses user or password: {_said(err)}") from err
        except smtplib.SMTPResponseException as err:
            raise NotDelivered(_said(err), permanent=sent and err.smtp_code >= 500) from err
        except (smtplib.SMTPException, OSError) as err:
            raise NotDelivered(str(err) or type(err).__name__, may_have_arrived=sent) from err
        if refused:
            return Answer(f"accepted, but not for {', '.join(sorted(refused))}")
        return Answer(f"accepted for {len(self._recipients)} recipients")

    def close(self) -> None:
        """Nothing stays open between two mails."""

    @property
    def _recipients(self) -> list[str]:
        return list(self._settings.recipients)

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """Connect and sign in."""
        settings = self._settings
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.security == "tls":
            server: smtplib.SMTP = _TlsServer(settings, context)
        else:
            server = _Server(settings)
        try:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user is not None and settings.password is not None:
                server.login(settings.user, settings.password.get_secret_value())
            yield server
            # What is accepted stays accepted, however the server takes our leave.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        domain = self._settings.sender.rpartition("@")[2]
        mail["Subject"] = " ".join(message.title.splitlines())
        mail["From"] = f"posewarden <{self._settings.sender}>"
        mail["To"] = ", ".join(self._recipients)
        mail["Date"] = formatdate(message.at)
        # Sent again, it is the same mail, which servers and programs may show once.
        mail["Message-ID"] = f"<{message.key}@{domain}>"
        mail["References"] = f"<{message.collapse}.thread@{domain}>"
        mail["X-Priority"] = PRIORITY[urgency(message)]
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(_plain(message))
        poses = message.poses() if self._settings.picture else None
        figure_id = None if poses is None else make_msgid(domain=domain)
        mail.add_alternative(mail_page(message, figure_id, self._settings.language), subtype="html")
        if poses is not None and figure_id is not None:
            body = mail.get_body(("html",))
            assert body is not None  # noqa: S101 -- it was added above
            body.add_related(
                figure_png(poses), "image", "png", cid=figure_id, filename="figure.png"
            )
        return mail


class _Server(smtplib.SMTP):
    """SMTP over a socket to an address that was checked."""

    def __init__(self, settings: EmailSettings) -> None:
        self._guard = settings
        super().__init__(settings.host, settings.server_port, timeout=STEP_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return _open(self._guard, host, port, timeout)


class _TlsServer(smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""

    def __init__(self, settings: EmailSettings, context: ssl.SSLContext) -> None:
        self._guard = settings
        super().__init__(settings.host, settings.server_port, timeout=STEP_S, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened = _open(self._guard, host, port, timeout)
        return self.context.wrap_socket(opened, server_hostname=host)


def _open(settings: EmailSettings, host: str, port: int, timeout_s: float) -> socket.socket:
    end_s = time.monotonic() + CONNECT_S
    addresses = resolved_within(host, port, CONNECT_S)
    if not settings.allow_local:
        addresses = allowed_addresses(host, addresses)
    failed: OSError | None = None
    for address in addresses:
        try:
            opened = socket.create_connection(
                (address, port), timeout=max(0.1, end_s - time.monotonic())
            )
            opened.settimeout(timeout_s)
            return opened
        except OSError as err:
            failed = err
    raise OSError(f"{host} port {port}: {failed}")


def _plain(message: Message) -> str:
    actions = [f"{each.label}: {each.url}" for each in message.links.actions]
    return "\n\n".join(filter(None, [message.text, message.links.alert, "\n".join(actions)]))


def _said(err: smtplib.SMTPResponseException) -> str:
    text = err.smtp_error
    said = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return f"{err.smtp_code} {' '.join(said.split())[:200]}"


def _first(err: smtplib.SMTPRecipientsRefused) -> str:
    name, (code, text) = next(iter(err.recipients.items()))
    return f"{name}: {code} {text.decode(errors='replace')[:160]}"
