"""`{"subscribe": …}` on the live feed: read, bounded, refused with the reason."""

from typing import Any

import pytest

from service.api.live_subscription import Subscription, read_subscription


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ({"subscribe": {}}, Subscription()),
        ({"subscribe": {"cameras": None}}, Subscription(cameras=None, rate=10.0)),
        ({"subscribe": {"cameras": []}}, Subscription(cameras=())),
        ({"subscribe": {"cameras": ["a"], "rate": 2}}, Subscription(cameras=("a",), rate=2.0)),
        ({"ping": 1}, None),
        ({}, None),
    ],
)
def test_a_message_says_what_is_wanted(message: Any, wanted: Subscription | None) -> None:
    """What is left out is all cameras, ten times a second; other messages are no subscription."""
    assert read_subscription(message) == wanted


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"rate": 0}, "subscribe/rate: Expected `float` >= 0.1"),
        ({"rate": 11}, "subscribe/rate: Expected `float` <= 10.0"),
        ({"rate": float("nan")}, "subscribe/rate"),
        ({"rate": "2"}, "subscribe/rate: Expected `float`"),
        ({"cameras": "gate"}, "subscribe/cameras: Expected `array | null`"),
        ({"cameras": ["g" * 65]}, "subscribe/cameras/0: Expected `str` of length <= 64"),
        ({"cameras": ["gate"] * 257}, "subscribe/cameras: Expected `array` of length <= 256"),
        ({"camera": "gate"}, "unknown field `camera`"),
        ([], "subscribe: Expected `object`"),
        (None, "subscribe: Expected `object`"),
    ],
)
def test_what_makes_no_sense_is_refused(wanted: Any, said: str) -> None:
    """With the place and what may stand there."""
    with pytest.raises(ValueError, match="subscribe") as refused:
        read_subscription({"subscribe": wanted})

    assert said in str(refused.value)
