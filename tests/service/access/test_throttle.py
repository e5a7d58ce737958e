from hypothesis import given
from hypothesis import strategies as st

from service.access.throttle import (
    ACCOUNT_LONGEST_S,
    ADDRESS_LONGEST_S,
    FREE_ATTEMPTS,
    SignInThrottle,
    network_of,
)


def tries(throttle: SignInThrottle, account: str, address: str, seconds: float) -> int:
    """Try as often as it is allowed for so many seconds; return how often that was."""
    now, count = 0.0, 0
    while now <= seconds:
        wait_s = throttle.begin(account, address, now)
        count += wait_s == 0
        now += wait_s
    return count


def test_waits_grow() -> None:
    """After a few free attempts each wait is twice the one before, up to a bound."""
    throttle, now, waits = SignInThrottle(), 0.0, []
    for _ in range(14):
        while (wait_s := throttle.begin("anna", "192.0.2.7", now)) > 0:
            waits.append(wait_s)
            now += wait_s

    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits == sorted(waits)


def test_an_hour_holds_few_attempts() -> None:
    """One address tries one password a quarter of an hour; an account meets one a minute."""
    one_address = tries(SignInThrottle(), "anna", "192.0.2.7", 3600.0)
    throttle, now, many_addresses = SignInThrottle(), 0.0, 0
    while now <= 3600.0:
        wait_s = throttle.begin("anna", f"192.0.2.{many_addresses % 250}", now)
        many_addresses += wait_s == 0
        now += wait_s

    assert one_address <= FREE_ATTEMPTS + 10 + 3600 / ADDRESS_LONGEST_S
    assert many_addresses <= FREE_ATTEMPTS + 6 + 3600 / ACCOUNT_LONGEST_S


@given(st.lists(st.sampled_from("abc"), max_size=60), st.integers(1, 6))
def test_tables_are_bounded(names: list[str], most: int) -> None:
    """However many names and addresses are tried, only so many are remembered."""
    throttle = SignInThrottle(most=most)
    for number, name in enumerate(names):
        throttle.begin(f"{name}{number}", f"192.0.2.{number}", float(number))

    assert len(throttle) <= 2 * most


def test_many_at_once_are_no_way_round() -> None:
    """Attempts count when they begin: a hundred at the same moment are not all tried."""
    throttle = SignInThrottle()

    allowed = sum(throttle.begin("anna", "192.0.2.7", 0.0) == 0 for _ in range(100))

    assert allowed == FREE_ATTEMPTS


def test_ones_own_account_buys_no_attempts_at_others() -> None:
    """Who signs in between attempts at other accounts waits as long as without."""
    throttle = SignInThrottle()
    for number in range(FREE_ATTEMPTS):
        assert throttle.begin(f"victim{number}", "192.0.2.7", 0.0) == 0
        if throttle.begin("own", "192.0.2.7", 0.0) == 0:
            throttle.succeeded("own", "192.0.2.7")

    assert throttle.begin("another", "192.0.2.7", 0.0) > 0


def test_success_and_time_forget() -> None:
    """The right password, or an hour without attempts, begins anew."""
    throttle = SignInThrottle()
    for _ in range(FREE_ATTEMPTS - 1):
        throttle.begin("anna", "192.0.2.7", 0.0)
    throttle.begin("anna", "192.0.2.8", 0.0)
    throttle.succeeded("anna", "192.0.2.8")

    assert throttle.begin("anna", "192.0.2.9", 0.0) == 0
    late = [throttle.begin("anna", "192.0.2.7", 4000.0) for _ in range(FREE_ATTEMPTS)]
    assert late == [0.0] * FREE_ATTEMPTS


@given(st.floats(-1e9, 1e9))
def test_a_clock_that_jumps_keeps_nobody_out(now: float) -> None:
    """Whatever the clock says next, nobody waits longer than the bound."""
    throttle = SignInThrottle()
    for _ in range(40):
        throttle.begin("anna", "192.0.2.7", throttle.begin("anna", "192.0.2.7", 0.0))

    assert 0 <= throttle.begin("anna", "192.0.2.7", now) <= ADDRESS_LONGEST_S


def test_one_customers_network_is_one_address() -> None:
    """Of IPv6 a /64 counts as one; IPv4 in IPv6's clothes is IPv4; anything else is cut."""
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2")
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8::1")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("fe80::1%eth0") == network_of("fe80::2%eth1")
    assert network_of("x" * 500) == "x" * 64
