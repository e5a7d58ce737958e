"""The mails that people get, over a real SMTP server."""

import re
import ssl
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from support.mail_server import MailServer
from support.messages import acknowledged, opened
from support.rtsp import certificate

from service.adapters.outputs.email import Email
from service.config.outputs.email import EmailSettings
from service.outputs.ports import NotDelivered

PASSWORD = "a pass phrase"


def mail_to(server: MailServer, **more: Any) -> Email:
    """Mail to two people through the server."""
    settings = {
        "name": "mail",
        "type": "email",
        "host": "localhost",
        "port": server.port,
        "security": "none",
        "sender": "warden@example.org",
        "recipients": ["kim@example.org", "lee@example.org"],
        "allow_local": True,
    }
    return Email(EmailSettings.model_validate(settings | more))


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine and its key, in one file."""
    return certificate(tmp_path_factory.mktemp("mail"), host="localhost")


def test_a_mail_has_text_page_and_figure() -> None:
    """Programs without HTML show the text; the figure stands in the page, as a part of the mail."""
    with MailServer() as server:
        mail_to(server).send(opened())
        [mail] = server.mails

    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert (mail["subject"], mail["to"]) == ("Fall at gate", "kim@example.org, lee@example.org")
    assert "https://warden.example/links/t1" in plain.get_content()
    shown = re.search(r'src="cid:([^"]+)"', page.get_content())
    [figure] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert shown is not None
    assert figure["content-id"] == f"<{shown.group(1)}>"
    content = figure.get_content()
    assert content.startswith(b"\x89PNG")


def test_mails_of_one_alert_are_a_thread_and_a_repeated_one_is_the_same() -> None:
    """By their Message-ID and References; a new alert begins another thread."""
    with MailServer() as server:
        output = mail_to(server)
        for message in (opened(), opened(), acknowledged(), opened("b")):
            output.send(message)
        ids = [mail["message-id"] for mail in server.mails]
        threads = [mail["references"] for mail in server.mails]

    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert threads[0] == threads[1] == threads[2] != threads[3]


def test_text_cannot_add_headers_or_tags() -> None:
    """Whatever somebody calls a camera."""
    one = opened()
    values = {name: getattr(one, name) for name in one.__slots__}
    values |= {"title": "Fall\r\nBcc: all@example.org", "text": "<script>alert(1)</script>"}
    with MailServer() as server:
        mail_to(server).send(type(one)(**values))
        [mail] = server.mails

    page = mail.get_body(("html",))
    assert page is not None
    assert mail["bcc"] is None
    assert mail["subject"] == "Fall Bcc: all@example.org"
    assert "<script>" not in page.get_content()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_it_signs_in_over_tls_to_a_server_that_it_trusts(
    own_certificate: Path, security: str
) -> None:
    """From the first byte or by STARTTLS; a certificate that nobody vouches for is refused."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own_certificate)
    account = {"security": security, "user": "warden", "password": PASSWORD}
    with MailServer(
        context=context, from_first_byte=security == "tls", password=PASSWORD
    ) as server:
        mail_to(server, ca_file=own_certificate, **account).send(opened())
        with pytest.raises(NotDelivered, match="certificate"):
            mail_to(server, **account).send(opened())
        wrong = mail_to(server, ca_file=own_certificate, **(account | {"password": "not this one"}))
        with pytest.raises(NotDelivered, match="user or password") as refused:
            wrong.send(opened())
        number = len(server.mails)

    assert number == 1
    # Somebody corrects the password: the mail must not be lost until then.
    assert not refused.value.permanent
    assert "not this one" not in str(refused.value)


@pytest.mark.parametrize(("answer", "permanent"), [("552 too large", True), ("451 later", False)])
def test_only_a_lasting_refusal_is_permanent(answer: str, permanent: bool) -> None:
    """Codes from 500 on last; others may be over soon."""
    with MailServer(answer=answer) as server, pytest.raises(NotDelivered) as refused:
        mail_to(server).send(opened())

    assert refused.value.permanent is permanent
    assert answer in str(refused.value)


def test_a_password_is_not_sent_in_the_open() -> None:
    """Without TLS anybody on the way could read it."""
    with MailServer() as server, pytest.raises(ValidationError, match="anybody on the way"):
        mail_to(server, user="warden", password=PASSWORD)


def test_this_machine_must_be_allowed() -> None:
    """As for webhooks: an address of this machine only where that is meant."""
    with MailServer() as server, pytest.raises(NotDelivered, match="allow_local"):
        mail_to(server, allow_local=False).send(opened())
