from pathlib import Path

import pytest

from service.config.load import MAX_FILE_BYTES, load
from tracker.errors import ConfigError

SITE = """
port: 8100
alerts: {hold_s: 3}
cameras:
  - {name: gate, source: "rtsp://user:secret@host/1", threshold: 2.5, stride: 2,
     substream: "rtsp://user:secret@host/2"}
  - {name: yard, source: "sim:?people=2&fps=15&seed=3"}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A good file."""
    path = tmp_path / "site.yaml"
    path.write_text(SITE)
    return path


def refused(path: Path | None, text: str | None = None) -> list[str]:
    """Return the faults of a file, one a line."""
    if path is not None and text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        load(path)
    assert "secret" not in str(refusal.value)
    return str(refusal.value).splitlines()


def test_defaults_need_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without file, environment or flags everything has its default."""
    monkeypatch.delenv("POSEWARDEN_MODEL", raising=False)
    settings = load(None)

    assert (settings.host, settings.port, settings.cameras) == ("127.0.0.1", 8000, ())
    assert settings.redis.url is None
    assert settings.model_path.parent.name == "models"


def test_flags_win_over_environment_over_file(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each layer replaces what the layers below say, field by field."""
    assert load(site).port == 8100
    monkeypatch.setenv("POSEWARDEN_PORT", "8200")
    monkeypatch.setenv("POSEWARDEN_ALERTS__MINIMUM_S", "0.5")
    settings = load(site)
    assert (settings.port, settings.alerts.hold_s, settings.alerts.minimum_s) == (8200, 3.0, 0.5)
    assert load(site, {"port": 8300}).port == 8300


def test_secrets_do_not_print(site: Path) -> None:
    """No password shows when settings are printed."""
    assert "secret" not in repr(load(site))


def test_unknown_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped variable is named instead of being dropped silently."""
    monkeypatch.setenv("POSEWARDEN_PROT", "1")
    monkeypatch.setenv("POSEWARDEN_REDIS__ULR", "redis://x")

    faults = refused(None)
    assert any("POSEWARDEN_PROT" in fault for fault in faults)
    assert any("redis.ulr" in fault for fault in faults)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("prot: 1", ["prot"]),
        ("port: 70000", ["port"]),
        ("alerts: {hold: 1}", ["alerts.hold"]),
        ("alerts: {hold_s: -1}", ["alerts"]),
        ("cameras: [{name: Gate, source: 'usb:0'}]", ["cameras[0].name"]),
        ("cameras: [{name: gate}]", ["cameras[0].source"]),
        ("cameras: [{name: gate, source: 'usb:0', stride: 0}]", ["cameras[0].stride"]),
        ("cameras: [{name: gate, source: 'usb:0', priority: 0}]", ["cameras[0].priority"]),
        ("cameras: [{name: gate, source: 'usb:0', priority: 11}]", ["cameras[0].priority"]),
        ("cameras: [{name: gate, source: 'usb:0', pose: best}]", ["cameras[0].pose"]),
        ("cameras: [{name: gate, source: 'usb:0', threshold: .nan}]", ["cameras[0].threshold"]),
        (
            "cameras: [{name: a, source: 'usb:0'}, {name: a, source: 'usb:1', speed: 1}]",
            ["cameras[1].name", "cameras[1].speed"],
        ),
        ("cameras: [{name: a, source: 'sim:?people=-1'}]", ["cameras[0].source"]),
        ("cameras: [{name: a, source: 'u:secret@host/x'}]", ["cameras[0].source"]),
        ("cameras: [{name: a, source: 'usb:0', substream: 'b.mp4'}]", ["cameras[0].substream"]),
        (
            "cameras: [{name: a, source: 'usb:0', substream: 'u:secret@h'}]",
            ["cameras[0].substream"],
        ),
        ("api_key: short", ["api_key"]),
        ("api_key: 'with spaces in it'", ["api_key"]),
        ("api_key: schlüssel", ["api_key"]),
        ("max_age_s: 0", ["max_age_s"]),
        ("redis: {shards: 0}", ["redis.shards"]),
        ("redis: {password: secret}", ["redis"]),
        ("redis: {url_file: /nowhere}", ["redis.url_file"]),
        ("api_key: secret-secret\napi_key_file: /nowhere", ["api_key_file"]),
    ],
)
def test_every_fault_is_told_with_its_path(tmp_path: Path, text: str, paths: list[str]) -> None:
    """Each fault of a file is one line with its path."""
    faults = refused(tmp_path / "site.yaml", text)

    assert [fault.split(": ")[1] for fault in faults] == paths


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("traces: true", "traces: must be a mapping of settings"),
        ("alerts: 3", "alerts: must be a mapping of settings"),
        ("cameras: [gate]", "cameras[0]: must be a mapping of settings"),
        ("cameras: gate", "cameras: must be a list"),
    ],
)
def test_faults_are_told_in_our_words(tmp_path: Path, text: str, fault: str) -> None:
    """Who writes YAML knows no classes and no tuples."""
    (told,) = refused(tmp_path / "site.yaml", text)

    assert told.endswith(f": {fault}")


@pytest.mark.parametrize(
    "text",
    [
        "- a",
        "a: [",
        "port: 1\nport: 2",
        "x" * (MAX_FILE_BYTES + 1),
        "1: 2",
        "\x00",
        "? [a, b]\n: 1",
        "port: " + "9" * 5000,
        "name: 2024-13-45",
        "port: !!int ''",
        "port: !!bool x",
        "port: !!timestamp x",
    ],
)
def test_unreadable_files_are_refused_in_one_line(tmp_path: Path, text: str) -> None:
    """What is no mapping of settings is refused with the file's name."""
    (fault,) = refused(tmp_path / "site.yaml", text)

    assert "site.yaml" in fault


def test_a_slip_beside_a_password_does_not_show_it(tmp_path: Path) -> None:
    """The place of the fault is told by its line and column, not by quoting them."""
    text = "cameras:\n  - {name: a, source: 'rtsp://u:hunter2@h/x' b}\n"

    (fault,) = refused(tmp_path / "site.yaml", text)

    assert "line 2" in fault
    assert "hunter2" not in fault


def test_the_environment_has_lists_and_sections_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field's own variable wins over the section's, whatever the names' case."""
    monkeypatch.setenv("POSEWARDEN_CAMERAS", '[{"name": "gate", "source": "sim:"}]')
    monkeypatch.setenv("POSEWARDEN_ALERTS", '{"minimum_s": 0.7, "smoothing_s": 0.9}')
    monkeypatch.setenv("posewarden_alerts__minimum_s", "0.5")

    settings = load(None)

    assert [camera.name for camera in settings.cameras] == ["gate"]
    assert (settings.alerts.minimum_s, settings.alerts.smoothing_s) == (0.5, 0.9)


def test_all_problems_come_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment, secret files, names and values: whoever mends one sees the others."""
    site = tmp_path / "site.yaml"
    site.write_text("port: 70000\napi_key_file: none\ncameras: [{name: a}, {name: a}]")
    monkeypatch.setenv("POSEWARDEN_MODEL_FOLDERS", "/weights")
    monkeypatch.setenv("POSEWARDEN_REDIS", "7")
    monkeypatch.setenv("POSEWARDEN_REDIS__URL", "redis://x")

    with pytest.raises(ConfigError) as refused:
        load(site)

    for path in (
        "environment POSEWARDEN_MODEL_FOLDERS: is not JSON",
        "environment POSEWARDEN_REDIS__URL: redis is not an object",
        "api_key_file: none cannot be read",
        "cameras[1].name: ",
        "port: ",
    ):
        assert path in str(refused.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that is not there is an error, never an empty configuration."""
    (fault,) = refused(tmp_path / "none.yaml")

    assert "none.yaml" in fault


def test_secrets_may_lie_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file named in the YAML or the environment gives the secret; its line end is no part."""
    for name, secret in (("key", "open-sesame\n"), ("password", "p/w @1\r\n")):
        (tmp_path / name).write_text(secret)
    site = tmp_path / "site.yaml"
    site.write_text(f"redis: {{url: 'redis://host:6379/0', password_file: {tmp_path}/password}}")
    monkeypatch.setenv("POSEWARDEN_API_KEY_FILE", str(tmp_path / "key"))

    settings = load(site)

    assert settings.redis.address == "redis://:p%2Fw%20%401@host:6379/0"
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "open-sesame"
    assert "sesame" not in repr(settings)


def test_what_is_not_used_needs_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the file's section nor the environment's is read by who goes without it."""
    site = tmp_path / "site.yaml"
    site.write_text(
        "api_key: key-of-the-site\n"
        f"outputs: [{{name: desk, type: webhook, url: 'https://d/', secret_file: {tmp_path}/no}}]"
    )
    monkeypatch.setenv("POSEWARDEN_ARCHIVE__URL_FILE", str(tmp_path / "none"))

    settings = load(site, without=("archive", "outputs"))

    assert (settings.outputs, settings.archive.url) == ((), None)
    assert settings.api_key is not None


def test_a_secret_wins_over_a_file_of_a_lower_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's url replaces the one that the YAML has in a file."""
    (tmp_path / "url").write_text("redis://low/0")
    site = tmp_path / "site.yaml"
    site.write_text(f"redis: {{url_file: {tmp_path}/url, password: more}}")
    assert load(site).redis.address == "redis://:more@low/0"
    monkeypatch.setenv("POSEWARDEN_REDIS__URL", "redis://:own@high/0")

    assert load(site).redis.address == "redis://:own@high/0"


@pytest.mark.parametrize("content", [b"", b"\n", b"secret\nsecret", b"\xff", b"x" * 5000])
def test_files_that_hold_no_such_line_are_refused(tmp_path: Path, content: bytes) -> None:
    """A secret is one short line of text; what the file says is not repeated."""
    (tmp_path / "key").write_bytes(content)

    (fault,) = refused(tmp_path / "site.yaml", f"api_key_file: {tmp_path}/key")

    assert ": api_key_file: " in fault


def test_verdicts_may_be_written_as_yaml_reads_them(tmp_path: Path) -> None:
    """`true:` and `false:` without quotes are verdicts, and other words are refused."""
    site = tmp_path / "site.yaml"
    site.write_text("retention: {verdicts: {true: {alerts_days: 365}, 'false': {size_mb: 5}}}")
    rules = load(site).retention.verdicts
    site.write_text("retention: {verdicts: {maybe: {alerts_days: 365}}}")

    assert (rules["true"].alerts_days, rules["false"].size_mb) == (365, 5)
    with pytest.raises(ConfigError, match=r"retention\.verdicts\.maybe"):
        load(site)
