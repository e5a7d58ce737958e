"""Answers to servers that ask for user and password."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.sources.diagnosis.http_auth import Login, authorize

MUFASA = Login("Mufasa", "Circle Of Life", "GET", "/dir/index.html")
NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"


def test_digest_of_the_rfc() -> None:
    """RFC 2617's own example (section 3.5) is answered as it says there."""
    challenge = (
        f'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="{NONCE}", opaque="5ccc"'
    )

    answer = authorize([challenge], MUFASA, "0a4f113b")

    assert answer is not None
    assert 'response="6629fae49393a05397450978507c4ef1"' in answer
    assert 'username="Mufasa", realm="testrealm@host.com"' in answer
    assert 'opaque="5ccc"' in answer
    assert answer.endswith("qop=auth, nc=00000001")


def test_digest_without_protection() -> None:
    """Cameras mostly ask in the manner of RFC 2069: one hash of three (its corrected example)."""
    answer = authorize([f'digest realm=testrealm@host.com, nonce="{NONCE}"'], MUFASA, "x")

    assert answer is not None
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in answer
    assert "cnonce" not in answer


def test_basic() -> None:
    """Basic carries user and password as they are, in base64, digest is preferred to it."""
    answer = authorize(['Basic realm="camera"'], Login("üser", "p:w", "GET", "/"), "x")
    both = authorize(['Basic realm="c"', 'Digest realm="c", nonce="n"'], MUFASA, "x")

    assert answer is not None
    assert base64.b64decode(answer.removeprefix("Basic ")).decode() == "üser:p:w"
    assert both is not None
    assert both.startswith("Digest ")


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="c", nonce="n", algorithm=SHA-1',
        'Digest realm="c", nonce="n", qop="auth-int"',
        "Negotiate",
        "",
    ],
)
def test_unknown_ways_to_ask_are_not_answered(challenge: str) -> None:
    """A challenge of another kind gets no answer, and does not end in an error."""
    assert authorize([challenge], MUFASA, "x") is None


def test_digest_of_rfc_7616() -> None:
    """The example of its section 3.9.1 is answered as it says there; the first digest counts."""
    parts = (
        'realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    login = Login("Mufasa", "Circle of Life", "GET", "/dir/index.html")
    client_nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    sha = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    md5 = "8ca523f5e9506fed4657c9700eebdbec"

    separate = [f"Digest {parts.format(name)}" for name in ("SHA-256", "MD5")]
    answers = [
        authorize(separate, login, client_nonce),
        authorize(separate[::-1], login, client_nonce),
        authorize([", ".join(["Basic realm=x", *separate])], login, client_nonce),
    ]

    assert [str(answer).partition('response="')[2].partition('"')[0] for answer in answers] == [
        sha,
        md5,
        sha,
    ]


def test_digest_hides_the_user_and_counts_its_answers() -> None:
    """`userhash` sends the user's name as a hash; the count goes up with each answer."""
    challenge = 'Digest realm="c", nonce="n", qop="auth", algorithm=SHA-256, userhash=true'

    answer = authorize([challenge], Login("me", "pw", "PLAY", "/", 3), "x")

    assert answer is not None
    assert 'username="me"' not in answer
    assert "nc=00000003" in answer
    assert answer.endswith("userhash=true")


@given(st.text(max_size=80), st.text(max_size=20))
def test_no_answer_breaks_out_of_its_line(challenge: str, user: str) -> None:
    """Whatever server and user say, the header stays one line."""
    answer = authorize([f"Digest {challenge}"], Login(user, "p", "GET", "/"), "x")

    assert answer is None or not any(sign in answer for sign in "\r\n\0")


def test_a_hostile_question_costs_no_time() -> None:
    """One endless word does not hold up the other cameras of the process, as it did for 7 s."""
    began_s = time.process_time()

    answers = [authorize([f"Digest {word * 32_000}"], MUFASA, "x") for word in ("a", "a ", 'a="')]

    assert time.process_time() - began_s < 1.0
    assert all(answer is None or answer.startswith("Digest ") for answer in answers)
