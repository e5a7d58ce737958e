"""Keeps what messages were encoded to: each once, however many clients are sent it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable


class SharedTexts:
    """Texts by what they say; the ones unused for longest go first.

    Args:
        limit: how many are kept.

    Attributes:
        encodes: how many messages were encoded so far.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._texts: OrderedDict[Hashable, str] = OrderedDict()
        self.encodes = 0

    def text(self, key: Hashable, encode: Callable[[], bytes]) -> str:
        """Return a message's text.

        Args:
            key: the same for messages that say the same.
            encode: makes it, UTF-8, where it is not kept.
        """
        known = self._texts.get(key)
        if known is None:
            known = self._texts[key] = encode().decode()
            self.encodes += 1
            if len(self._texts) > self._limit:
                self._texts.popitem(last=False)
        else:
            self._texts.move_to_end(key)
        return known
