"""In-memory twin of what is kept of links, for tests."""

from service.outputs.links import LinkStore


class MemoryLinks(LinkStore):
    """Twin of RedisLinks."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def secret(self) -> bytes:
        return b"a secret of the site"

    def use(self, link_id: str, until: float) -> bool:  # noqa: ARG002 -- nothing is forgotten here
        if link_id in self._used:
            return False
        self._used.add(link_id)
        return True

    def is_used(self, link_id: str) -> bool:
        return link_id in self._used
