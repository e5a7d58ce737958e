"""Slows down whoever tries passwords: growing waits per account and per address."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

FREE_ATTEMPTS = 5  # before anybody waits
FIRST_WAIT_S = 1.0
# Of an account less: whoever knows a name must not keep its owner out for long.
ACCOUNT_LONGEST_S, ADDRESS_LONGEST_S = 60.0, 900.0
FORGOTTEN_S = 3600.0
MOST_KNOWN = 10_000  # accounts, and as many addresses


@dataclass(frozen=True, slots=True)
class _Failures:
    """How often, and until when nothing more is tried."""

    count: int = 0
    last_at: float = 0.0
    free_at: float = 0.0


class SignInThrottle:
    """Counts attempts in memory, within bounds; not for several threads.

    An attempt counts as failed when it begins, so that many at once are no way round; success
    takes it back. Of addresses whole networks count, as far as one customer has them: IPv6's /64.
    """

    def __init__(self, *, most: int = MOST_KNOWN) -> None:
        self._accounts = _Table(ACCOUNT_LONGEST_S, most)
        self._addresses = _Table(ADDRESS_LONGEST_S, most)

    def begin(self, account: str, address: str, now: float) -> float:
        """Begin an attempt; return 0, or for how many seconds it has to wait and does not count."""
        network = network_of(address)
        wait_s = max(self._accounts.wait_s(account, now), self._addresses.wait_s(network, now))
        if wait_s > 0:
            return wait_s
        self._accounts.failed(account, now)
        self._addresses.failed(network, now)
        return 0.0

    def succeeded(self, account: str, address: str) -> None:
        """Forget an account's failures, and of its address this attempt alone.

        Whoever has one account must not try others' passwords by signing in between.
        """
        self._accounts.forget(account)
        self._addresses.take_back(network_of(address))

    def __len__(self) -> int:
        """Return how many accounts and addresses are known."""
        return len(self._accounts) + len(self._addresses)


class _Table:
    def __init__(self, longest_s: float, most: int) -> None:
        self._longest_s, self._most = longest_s, most
        # In the order of their last failure: the one that is longest ago goes first.
        self._known: OrderedDict[str, _Failures] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def wait_s(self, name: str, now: float) -> float:
        known = self._known.get(name)
        if known is None:
            return 0.0
        # A clock that was set back must not keep anybody out for longer than it may.
        return min(max(known.free_at - now, 0.0), self._longest_s)

    def failed(self, name: str, now: float) -> None:
        known = self._known.pop(name, None)
        if known is None or now - known.last_at > FORGOTTEN_S:
            known = _Failures()
        count = known.count + 1
        beyond = count - FREE_ATTEMPTS
        wait_s = 0.0 if beyond < 0 else min(FIRST_WAIT_S * 2.0 ** min(beyond, 32), self._longest_s)
        self._known[name] = _Failures(count, now, now + wait_s)
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def take_back(self, name: str) -> None:
        known = self._known.get(name)
        if known is not None and known.count > 1:
            self._known[name] = _Failures(known.count - 1, known.last_at, known.last_at)
        else:
            self.forget(name)

    def forget(self, name: str) -> None:
        self._known.pop(name, None)


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the network that one customer has."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(read, ipaddress.IPv4Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ipaddress.ip_network((read, 64), strict=False))
