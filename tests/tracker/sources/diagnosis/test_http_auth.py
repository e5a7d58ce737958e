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
        'Digest realm="c", nonce="n", algorithm=SHA-256',
        'Digest realm="c", nonce="n", qop="auth-int"',
        "Negotiate",
        "",
    ],
)
def test_unknown_ways_to_ask_are_not_answered(challenge: str) -> None:
    """A challenge that FFmpeg could not answer either gets no answer."""
    assert authorize([challenge], MUFASA, "x") is None


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
