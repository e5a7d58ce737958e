"""Mails as a program shows them: the HTML of a mail that came over SMTP, in Chromium."""

from base64 import b64encode
from email.message import EmailMessage

from playwright.sync_api import Page

from service.adapters.outputs.email import Email
from service.config.outputs.email import EmailSettings
from service.outputs.composer import Composer, MessageLinks
from service.outputs.languages import wording_of
from service.outputs.message import Language, Message
from support.archives import alert
from support.mail_server import MailServer
from support.page_site import REASONS, fall_clip, play

AT = 1_796_000_000.0
PUBLIC_URL = "https://cameras.example.org"


def message(language: Language) -> Message:
    """What an output says of somebody who fell and does not get up."""
    links = MessageLinks(PUBLIC_URL, lambda action, *_: f"token-of-{action}")
    composer = Composer("mail", wording_of(language), links, poses=lambda _: fall_clip(play(1), 0))
    reason = REASONS["person_down"]
    one = alert("a1b2", AT, kind="person_down", severity="critical", camera="ward-2", reason=reason)
    return composer.escalated(one, "a1b2-escalated", AT + 120)


def mail(language: Language) -> EmailMessage:
    """Send it through a real server; return what arrives."""
    with MailServer() as server:
        settings = {
            "name": "mail",
            "type": "email",
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "sender": "warden@example.org",
            "recipients": ["guard@example.org"],
            "language": language,
            "allow_local": True,
        }
        Email(EmailSettings.model_validate(settings)).send(message(language))
        [found] = server.mails
    return found


def show(page: Page, found: EmailMessage) -> None:
    """Show a mail's HTML; its pictures are those of the mail, as mail programs take them."""
    body = found.get_body(("html",))
    assert body is not None
    text = str(body.get_content())
    for part in found.walk():
        if part.get_content_maintype() == "image":
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            shown = f"data:{part.get_content_type()};base64,{b64encode(data).decode()}"
            text = text.replace(f"cid:{part['content-id'][1:-1]}", shown)
    page.set_content(text)
