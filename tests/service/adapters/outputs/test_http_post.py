"""Requests to receivers of all sorts."""

import pytest
from support.line_holder import line_holder
from support.receiver import Received, Receiver, resolved_as

from service.adapters.outputs.http_post import HttpTarget, accepted, request
from service.outputs.ports import NotDelivered


def target(url: str, **more: object) -> HttpTarget:
    """An address of this machine."""
    return HttpTarget(**{"url": url, "allow_local": True, **more})


def post(where: HttpTarget) -> str:
    """Send something; return what the receiver said."""
    return accepted(request(where, "POST", {"Content-Type": "text/plain"}, b"hello")).text


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(400, True), (413, True), (422, True), (401, False), (404, False), (429, False), (503, False)],
)
def test_the_status_says_whether_to_try_again(status: int, permanent: bool) -> None:
    """What is wrong with the message is final, what is wrong with the receiver is not."""
    with Receiver(status=status) as receiver, pytest.raises(NotDelivered) as failed:
        post(target(receiver.url))

    assert failed.value.permanent is permanent
    assert str(failed.value).startswith(str(status))


def test_the_receiver_says_when_to_come_again() -> None:
    """Retry-After in seconds, an hour at most."""

    def busy(_request: Received) -> tuple[int, dict[str, str]]:
        return 503, {"Retry-After": "7200"}

    with Receiver(answer=busy) as receiver, pytest.raises(NotDelivered) as failed:
        post(target(receiver.url))

    assert failed.value.retry_after_s == 3600


@pytest.mark.parametrize("host", ["127.0.0.1", "desk.example.org"])
def test_the_header_host_is_the_address_with_its_port(host: str) -> None:
    """Strict servers refuse any other with 400, and the alert would be given up."""
    with Receiver() as receiver:
        url = f"http://user:password@{host}:{receiver.port}/hook"
        post(target(url, resolve=resolved_as("127.0.0.1")))

    assert receiver.received[0].headers["host"] == f"{host}:{receiver.port}"


def test_redirects_are_not_followed() -> None:
    """Wherever they lead, nothing is sent there."""
    with Receiver() as inside:

        def elsewhere(_request: Received) -> tuple[int, dict[str, str]]:
            return 307, {"Location": inside.url}

        with Receiver(answer=elsewhere) as receiver, pytest.raises(NotDelivered, match="redirect"):
            post(target(receiver.url))

    assert inside.received == []


def test_the_address_that_was_checked_is_the_one_that_is_used() -> None:
    """A name that answers otherwise a moment later reaches nothing: it is asked once."""
    asked = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["10.255.255.1"] if len(asked) == 1 else ["127.0.0.1"]

    with Receiver() as receiver:
        url = f"http://desk.example:{receiver.port}/"
        with pytest.raises(NotDelivered):
            post(HttpTarget(url=url, resolve=rebinding, limit_s=0.3))

    assert (asked, receiver.received) == (["desk.example"], [])


def test_this_machine_is_refused_unless_it_is_meant() -> None:
    """Also behind a name, or written otherwise."""
    with Receiver() as receiver:
        for host, addresses in (("desk.example", ["127.0.0.1"]), ("[::ffff:127.0.0.1]", ["::1"])):
            url = f"http://{host}:{receiver.port}/"
            with pytest.raises(NotDelivered, match="allow_local"):
                post(HttpTarget(url=url, resolve=resolved_as(*addresses)))

    assert receiver.received == []


def test_a_second_address_is_tried() -> None:
    """As browsers do, where the first one takes no connections."""
    with Receiver() as receiver:
        where = f"http://desk.example:{receiver.port}/"
        said = post(target(where, resolve=resolved_as("127.0.0.2", "127.0.0.1"), limit_s=60.0))

    assert said == "204 No Content"


@pytest.mark.slow
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nX-Drip: "])
def test_a_receiver_that_holds_the_line_is_left(answer: bytes) -> None:
    """At the end of the time, whatever it has sent; the message may have arrived."""
    with line_holder(answer) as url, pytest.raises(NotDelivered) as failed:
        post(target(url, limit_s=3.0))  # a busy machine, too, has sent it by then

    assert failed.value.may_have_arrived
    assert "no answer within 3 s" in str(failed.value)


def test_an_answer_that_is_no_http_is_a_failure() -> None:
    """The receiver may have the message all the same."""
    greeting = b"220 mail.example ESMTP\r\n\r\n"
    with line_holder(greeting) as url, pytest.raises(NotDelivered) as failed:
        post(target(url, limit_s=60.0))

    assert failed.value.may_have_arrived


def test_a_connection_that_is_refused_is_certain() -> None:
    """Nothing has arrived."""
    with Receiver() as receiver:
        url = receiver.url
    with pytest.raises(NotDelivered) as failed:
        post(target(url))

    assert not failed.value.may_have_arrived
    assert "refused" in str(failed.value)


def test_a_long_answer_is_cut() -> None:
    """What people see of it is a line."""
    page = b"HTTP/1.1 500 Oh\r\nContent-Length: 100000\r\n\r\n" + b"x \x1b\n" * 25_000
    with line_holder(page) as url, pytest.raises(NotDelivered) as failed:
        post(target(url, limit_s=60.0))

    assert len(str(failed.value)) < 300
    assert str(failed.value).isprintable()
