"""Texts that many clients are sent."""

from service.api.shared_texts import SharedTexts


def test_a_message_is_encoded_once_while_it_is_kept() -> None:
    """Those unused for longest go first, beyond the bound."""
    texts = SharedTexts(2)

    def said(word: str) -> str:
        return texts.text(word, word.encode)

    assert said("a") is said("a")
    assert (said("b"), said("a"), said("c")) == ("b", "a", "c")  # b goes
    assert texts.encodes == 3
    assert said("a") == "a"
    assert texts.encodes == 3
    assert said("b") == "b"
    assert texts.encodes == 4
