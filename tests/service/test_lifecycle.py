import resource
import socket
import subprocess
import sys

import pytest
from support.stepped_time import SteppedTime

from service.lifecycle import OPEN_FILES, allow_open_files, bindable, listen, retry_until
from tracker.errors import ConfigError, StoreUnavailable

WAITING = """
import logging, sys
from service.lifecycle import stop_on_signals
logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.INFO)
stop = stop_on_signals()
print("ready", flush=True)
stop.wait(600)
print("stopped", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("ignored", [False, True])
def test_a_hang_up_stops_as_sigterm_does_with_a_line(ignored: bool) -> None:
    """A closed terminal ends the process in order and says so; under nohup it is ignored."""
    command = ["nohup"] * ignored + [sys.executable, "-c", WAITING]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(1)
        if ignored:
            process.terminate()
        lines = process.stdout.read().decode().splitlines()

    assert process.returncode == 0
    assert lines[-1] == "stopped"
    assert any("SIGHUP" in line for line in lines) is not ignored


def has_ipv6() -> bool:
    """Tell whether this machine has an address of IPv6; containers often have it switched off."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["::", ""])
def test_every_address_means_both_kinds(host: str) -> None:
    """What a probe or a client reaches by IPv4, it reaches by IPv6, too."""
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            if family is socket.AF_INET6 and not has_ipv6():
                continue  # then IPv4 is all there is
            with socket.socket(family) as client:
                client.settimeout(60)
                client.connect((address, port))


def test_without_ipv6_every_address_is_those_of_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that binds `::` starts on a machine without IPv6; named addresses stay."""
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)

    assert [bindable(host) for host in ("::", "", "127.0.0.1")] == ["0.0.0.0"] * 2 + ["127.0.0.1"]
    with listen("::", 0) as listener:
        assert listener.family is socket.AF_INET


def test_as_many_files_may_be_open_as_the_system_grants() -> None:
    """A program that was started with 1024 gets more; one that has more keeps it."""
    soft, granted = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, granted), granted))
        allowed = allow_open_files()
        now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, granted))

    assert allowed == now == min(granted, OPEN_FILES)


def test_an_address_of_another_machine_is_refused_with_the_remedy() -> None:
    """The system's word alone says neither what to change nor where."""
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1:0: this machine has no such .* --host"):
        listen("192.0.2.1", 0)


def test_what_is_waited_for_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """And at once when the reason is another one; the attempts go on meanwhile."""
    time, attempts = SteppedTime(), 0

    def attempt() -> str:
        nonlocal attempts
        attempts += 1
        if attempts == 60:
            return "there"
        raise StoreUnavailable("refused" if attempts < 50 else "loading")

    assert retry_until(attempt, "redis", time.stop, time) == "there"

    said = [(each.getMessage(), vars(each)["reason"]) for each in caplog.records]
    assert said[0] == said[1] == ("waiting for redis", "refused")
    assert said[-1] == ("waiting for redis", "loading")
    assert 4 <= len(said) <= 6
