"""Variables that Kubernetes sets beside ours."""

import logging

import pytest

from service.config.load import load
from tracker.errors import ConfigError

# What a pod gets for a Service of these names with a port called http.
SERVICE = {
    "POSEWARDEN_SERVICE_HOST": "10.0.0.7",
    "POSEWARDEN_SERVICE_PORT": "80",
    "POSEWARDEN_SERVICE_PORT_HTTP": "80",
    "POSEWARDEN_PORT": "tcp://10.0.0.7:80",
    "POSEWARDEN_PORT_80_TCP": "tcp://10.0.0.7:80",
    "POSEWARDEN_PORT_80_TCP_PROTO": "tcp",
    "POSEWARDEN_PORT_80_TCP_PORT": "80",
    "POSEWARDEN_PORT_80_TCP_ADDR": "10.0.0.7",
}
NEIGHBOURS = {
    "POSEWARDEN_METRICS_PORT": "tcp://[fd00::7]:9101",
    "POSEWARDEN_API_PORT": "udp://10.0.0.7:80",
    "POSEWARDEN_REDIS_SERVICE_HOST": "10.0.0.8",
    "POSEWARDEN__X_PORT_6379_SCTP_ADDR": "10.0.0.8",
}


def test_a_service_of_our_name_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What Kubernetes tells of Services called posewarden… is no setting; one line names it."""
    for name, value in {**SERVICE, **NEIGHBOURS}.items():
        monkeypatch.setenv(name, value)

    with caplog.at_level(logging.WARNING):
        settings = load(None)

    assert (settings.port, settings.metrics_port) == (8000, None)
    (line,) = caplog.messages
    assert all(name in line for name in {**SERVICE, **NEIGHBOURS})
    assert "enableServiceLinks" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSEWARDEN_PORT", "tcp://"),
        ("POSEWARDEN_PORT", "http://10.0.0.7:80"),
        ("POSEWARDEN_SERVICE", "10.0.0.7"),
        ("POSEWARDEN_HOST_PORT", "80"),
    ],
)
def test_what_only_looks_like_it_is_still_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Mistyped settings are named as before."""
    monkeypatch.setenv(name, value)

    with pytest.raises(ConfigError, match=r"(environment POSEWARDEN_|port: )"):
        load(None)
