"""How a group of Redis servers is spoken to: openly, or over TLS by users with passwords."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RedisAccess:
    """Words for servers, for redis-cli and for `redis.url`.

    Attributes:
        secure: the servers speak TLS, and nothing else.
        server: further words of each server's command line.
        client: words of redis-cli before its command.
        watching: lines of a Sentinel's file.
        masters: what Sentinels are told of the master, such as `auth-user`.
        moving: words of MIGRATE before its keys.
        user: what stands in a url before its first node, with the @.
        query: what stands in a url after its nodes, with the question mark.
        sentinels: what follows in a url of Sentinels, who have users of their own.
    """

    secure: bool = False
    server: Sequence[str] = ()
    client: Sequence[str] = ()
    watching: Sequence[str] = ()
    masters: Mapping[str, str] = field(default_factory=dict)
    moving: Sequence[str] = ()
    user: str = ""
    query: str = ""
    sentinels: str = ""

    def listening(self, port: int) -> tuple[str, ...]:
        """Return the words that let a server listen at a port."""
        if self.secure:
            return "--port", "0", "--tls-port", str(port)
        return "--port", str(port)

    def url(self, kind: str, places: Sequence[str], path: str = "") -> str:
        """Return the address of servers.

        Args:
            kind: "", "+cluster" or "+sentinel".
            places: host and port of each.
            path: what follows them, with its slash.
        """
        scheme = "rediss" if self.secure else "redis"
        more = self.sentinels if kind == "+sentinel" else ""
        return f"{scheme}{kind}://{self.user}{','.join(places)}{path}{self.query}{more}"


OPEN = RedisAccess()
