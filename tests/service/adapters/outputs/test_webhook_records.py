"""What people read of a webhook that cannot be reached, by real servers with TLS of our own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pytest
from support.certificates import Authority
from support.line_holder import line_holder
from support.outbox_rig import Rig
from support.receiver import Received, Receiver, resolved_as

from service.adapters.outputs.http_post import HttpTarget
from service.adapters.outputs.webhook import Webhook
from service.config.outputs.webhook import WebhookSettings

pytestmark = pytest.mark.slow
NAME = "desk.example"
REFUSED = f"TLS with {NAME} failed: its certificate is refused: "


@dataclass(frozen=True)
class Place:
    """Where tests make servers, and the authority that vouches for them."""

    authority: Authority
    stack: ExitStack

    def target(self, receiver: Receiver, *, name: str = NAME) -> HttpTarget:
        """Start a server; return how it is reached by a name, from a clock with much patience."""
        self.stack.enter_context(receiver)
        scheme = "http" if receiver.context is None else "https"
        return HttpTarget(
            url=f"{scheme}://{name}:{receiver.port}/hook?token=secret",
            allow_local=True,
            ca_file=self.authority.pem,
            limit_s=60.0,
            resolve=resolved_as("127.0.0.1"),
        )

    def tls(self, **more: object) -> Receiver:
        """A server whose certificate is right."""
        return Receiver(context=self.authority.server(NAME), **more)  # type: ignore[arg-type]


Case: TypeAlias = Callable[[Place], HttpTarget]


def good(place: Place) -> HttpTarget:
    """A server of this name, vouched for by the authority that is trusted."""
    return place.target(place.tls())


def other_name(place: Place) -> HttpTarget:
    """Its certificate is another's."""
    return place.target(Receiver(context=place.authority.server("other.example")))


def expired(place: Place) -> HttpTarget:
    """Its certificate is too old."""
    return place.target(Receiver(context=place.authority.server(NAME, expired=True)))


def unknown_authority(place: Place) -> HttpTarget:
    """Nobody that the system trusts vouches for it."""
    return replace(place.target(place.tls()), ca_file=None)


def no_tls(place: Place) -> HttpTarget:
    """It speaks plain HTTP where TLS is meant."""
    plain = place.target(Receiver())
    return replace(plain, url=plain.url.replace("http:", "https:"))


def redirect(place: Place) -> HttpTarget:
    """It sends us to the secrets of a cloud's machine."""

    def elsewhere(_: Received) -> tuple[int, dict[str, str]]:
        return 307, {"Location": "http://169.254.169.254/latest/meta-data"}

    return place.target(place.tls(answer=elsewhere))


def link_local(place: Place) -> HttpTarget:
    """The address itself is that of such secrets."""
    del place
    return HttpTarget(url="http://169.254.169.254/latest/meta-data")


def rebinding(place: Place) -> HttpTarget:
    """A name of the internet that is this machine's own address."""
    return replace(place.target(place.tls()), allow_local=False)


def slow(place: Place) -> HttpTarget:
    """It takes the request and does not answer in time."""
    url = place.stack.enter_context(line_holder(b""))
    return HttpTarget(url=url, allow_local=True, limit_s=2.0)


def endless_body(place: Place) -> HttpTarget:
    """It says that it has the message, and does not stop talking."""
    url = place.stack.enter_context(line_holder(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536))
    return HttpTarget(url=url, allow_local=True, limit_s=60.0)


SAID: dict[Case, tuple[str, str]] = {
    good: ("delivered", "204 No Content"),
    other_name: ("waiting", f"{REFUSED}Hostname mismatch"),
    expired: ("waiting", f"{REFUSED}certificate has expired"),
    unknown_authority: ("waiting", f"{REFUSED}unable to get local issuer certificate"),
    no_tls: ("waiting", f"TLS with {NAME} failed: "),
    redirect: ("waiting", "redirects are not followed: write the new address"),
    link_local: ("waiting", "169.254.169.254 is an address of this machine or its link"),
    rebinding: ("waiting", f"{NAME} is an address of this machine or its link (127.0.0.1)"),
    slow: ("waiting", "within 2"),
    endless_body: ("delivered", "200 OK: xxxx"),
}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A site whose deliveries are recorded."""
    made = Rig(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom our servers are vouched for by."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def place(authority: Authority) -> Iterator[Place]:
    """Where servers end with the test."""
    with ExitStack() as stack:
        yield Place(authority, stack)


@pytest.mark.parametrize("case", SAID, ids=lambda case: case.__name__)
def test_the_record_says_what_became_of_the_message(rig: Rig, place: Place, case: Case) -> None:
    """In words, for whoever looks why an alert did not arrive; a token is not shown."""
    state, said = SAID[case]
    url = {"name": "desk", "type": "webhook", "url": "https://desk.example"}
    output = Webhook(WebhookSettings.model_validate(url), target=case(place))
    rig.output()
    target = rig.target(output)
    rig.open("a")
    rig.settle(target, steps=4)

    (record,) = rig.records("a")
    assert (record.state, said in record.answer) == (state, True), record.answer
    assert "secret" not in record.answer
